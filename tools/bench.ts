/** `npm run bench`: builds the filter and measures it; test/bench does the work. */
import { buildFilter } from "./build/filter.ts";

await buildFilter();
await import("../test/bench/run.ts");

/** `npm run bench [-- translation | scale]`: builds what is measured; test/bench does the work. */
import { buildController } from "./build/controller.ts";
import { buildFilter } from "./build/filter.ts";

const [benchmark] = process.argv.slice(2);
if (benchmark !== "translation") await buildFilter();
if (benchmark === "scale" || process.argv.includes("--cluster")) await buildController();

if (benchmark === "scale") await import("../test/bench/scale.ts");
else if (benchmark !== "translation") await import("../test/bench/run.ts");
if (benchmark === "translation" || benchmark === undefined) await import("../test/bench/translation.ts");

/** `npm run build`: the filter (dist/tollgate.wasm) and the controller (dist/tollgate.mjs). */
import { buildController } from "./build/controller.ts";
import { buildFilter } from "./build/filter.ts";
import { runScript } from "./setup/step.ts";

await runScript(async () => {
  await buildFilter();
  await buildController();
});

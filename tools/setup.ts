/** `npm run setup`: installs what the project needs and is missing. The dependencies are there when this runs. */
import { ensureEnvoy } from "./setup/envoy.ts";
import { announce, runScript } from "./setup/step.ts";
import { ensureVectors } from "./setup/vectors.ts";

await runScript(async () => {
  announce("setup", `Envoy: ${await ensureEnvoy()}`);
  announce("setup", `test vectors: ${await ensureVectors()}`);
});

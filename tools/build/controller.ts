import { build } from "esbuild";
import { announce } from "../setup/step.ts";

/** CommonJS dependencies call `require`, which an ES module does not have by itself. */
const REQUIRE =
  'import { createRequire as requireFor } from "node:module"; const require = requireFor(import.meta.url);';

/** Bundles the controller with its dependencies into dist/tollgate.mjs. */
export async function buildController(): Promise<void> {
  announce("build", "controller: dist/tollgate.mjs");
  await build({
    entryPoints: ["controller/cli/main.ts"],
    outfile: "dist/tollgate.mjs",
    bundle: true,
    platform: "node",
    format: "esm",
    target: "node20.19",
    banner: { js: REQUIRE },
    sourcemap: true,
    logLevel: "warning",
  });
}

#!/usr/bin/env node
/** Starts the built controller. In a checkout that has never been built, installs and builds first what is needed. */
import { spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import { fileURLToPath } from "node:url";

const bundle = new URL("../dist/tollgate.mjs", import.meta.url);
const filter = new URL("../dist/tollgate.wasm", import.meta.url);
const runner = fileURLToPath(new URL("../tools/run.mjs", import.meta.url));

if (existsSync(runner) && !(existsSync(bundle) && existsSync(filter))) {
  for (const script of process.argv[2] === "standalone" ? ["setup", "build"] : ["build"]) {
    const { status } = spawnSync(process.execPath, [runner, script], { stdio: ["ignore", 2, 2] });
    if (status !== 0) process.exit(1);
  }
}
await import(bundle.href);

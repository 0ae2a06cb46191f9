/** `npm run check`: every check that runs no test. All of them run, also when one fails. */
import { spawnSync } from "node:child_process";
import { join } from "node:path";

const bin = (name: string) => join("node_modules", ".bin", name);

const CHECKS: readonly { name: string; command: string; arguments: readonly string[] }[] = [
  { name: "format and lint", command: bin("biome"), arguments: ["check", "--error-on-warnings"] },
  { name: "types of the controller", command: bin("tsc"), arguments: ["-p", "tsconfig.json"] },
  { name: "types of the filter", command: bin("tsc"), arguments: ["-p", "filter"] },
  { name: "unused code", command: bin("knip"), arguments: [] },
  { name: "generated files", command: bin("tsx"), arguments: ["tools/generate.ts", "--check"] },
];

let failures = 0;
for (const check of CHECKS) {
  const { status, stdout, stderr, error } = spawnSync(check.command, check.arguments, { encoding: "utf8" });
  process.stdout.write(`${status === 0 ? "ok    " : "failed"}  ${check.name}\n`);
  if (status === 0) continue;
  failures += 1;
  process.stdout.write(`${stdout ?? ""}${stderr ?? ""}${error?.message ?? ""}\n`);
}
process.exitCode = failures > 0 ? 1 : 0;

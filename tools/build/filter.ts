import { mkdir, mkdtemp, readFile, rename, rm } from "node:fs/promises";
import { join } from "node:path";
import { checkWasm } from "../check-wasm.ts";
import { runCommand } from "../setup/run-command.ts";
import { announce, StepError } from "../setup/step.ts";

const COMPILER = join("node_modules", "assemblyscript", "bin", "asc.js");
const ENTRY = join("filter", "assembly", "index.ts");

/** Compiles the filter to dist/tollgate.wasm, which is replaced only by a module that passes its check. */
export async function buildFilter(): Promise<void> {
  announce("build", "filter: dist/tollgate.wasm");
  await mkdir("dist", { recursive: true });
  const folder = await mkdtemp(join("dist", "build-"));
  const outFile = join(folder, "tollgate.wasm");
  try {
    await compileFilter(ENTRY, outFile);
    const problems = await checkWasm(new Uint8Array(await readFile(outFile)));
    if (problems.length > 0)
      throw new StepError(`the filter is not as it should be:\n  ${problems.join("\n  ")}`);
    await rename(outFile, join("dist", "tollgate.wasm"));
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/**
 * Compiles a module as the filter is compiled.
 * @throws StepError after the compiler's messages on standard error
 */
export async function compileFilter(entry: string, outFile: string): Promise<void> {
  const options = ["--config", "asconfig.json", "--target", "release", "--outFile", outFile];
  if ((await runCommand(process.execPath, [COMPILER, entry, ...options])) !== 0) {
    throw new StepError("the filter does not compile; the compiler's messages stand above");
  }
}

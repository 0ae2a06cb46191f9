/**
 * `npm test [-- VITEST_ARGUMENT...]`: installs and builds what is missing, runs all tests, and ends with one line
 * that counts them. With `CI=true` a skipped test is a failure.
 */
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { ensureBinaries } from "../test/cluster/environment/binaries.ts";
import { GoMissing } from "../test/cluster/environment/go-toolchain.ts";
import { buildController } from "./build/controller.ts";
import { buildFilter } from "./build/filter.ts";
import { ensureEnvoy } from "./setup/envoy.ts";
import { runCommand } from "./setup/run-command.ts";
import { announce, runScript, StepError } from "./setup/step.ts";
import { ensureVectors } from "./setup/vectors.ts";
import { countTests, type TestReport } from "./test/count.ts";

const VITEST = join("node_modules", "vitest", "vitest.mjs");

await runScript(async () => {
  const envoy = await ensureEnvoy();
  await ensureVectors();
  await buildFilter();
  await buildController();
  await buildControlPlane();
  const folder = await mkdtemp(join(tmpdir(), "tollgate-test-"));
  try {
    await runTests(join(folder, "report.json"), { ...process.env, ENVOY_BIN: envoy });
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
});

/** Builds the programs of the cluster suites; where Go is missing, those say themselves that they did not run. */
async function buildControlPlane(): Promise<void> {
  try {
    await ensureBinaries();
  } catch (error) {
    if (!(error instanceof GoMissing)) throw error;
  }
}

async function runTests(reportFile: string, environment: NodeJS.ProcessEnv): Promise<void> {
  announce("test", "running all suites");
  const reporters = ["--reporter=default", "--reporter=json", `--outputFile.json=${reportFile}`];
  const chosen = process.argv.slice(2);
  const code = await runCommand(process.execPath, [VITEST, "run", ...reporters, ...chosen], environment);
  const report = await readFile(reportFile, "utf8").catch(() => undefined);
  if (report === undefined) throw new StepError("vitest ended without a report; its messages stand above");
  const { line, failed, skipped } = countTests(JSON.parse(report) as TestReport, code);
  process.stdout.write(`${line}\n`);
  if (failed > 0 || (skipped > 0 && process.env.CI === "true")) process.exitCode = 1;
}

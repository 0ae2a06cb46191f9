/** `npm run fuzz`: fuzzes the built filter and says what was found, how fast, and what was reached. */
import { mkdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { FILTER_FILE } from "../filter/wasm-host.ts";
import { addProbes, type ProbedModule } from "./coverage.ts";
import { type Finding, Run } from "./engine.ts";
import type { Target } from "./target.ts";
import { TARGETS } from "./targets/index.ts";

export interface FuzzOptions {
  seconds: number;
  seed: number;
  /** Names of targets; empty: all. */
  only: readonly string[];
}

/** Most findings of one target that are written down. */
const MAX_FINDINGS = 10;

/** A run of every target, with the probes put into the filter that was built. */
export async function createRuns(
  seed: number,
  targets = TARGETS,
): Promise<{ runs: Run[]; probed: ProbedModule }> {
  const probed = addProbes(await readFile(FILTER_FILE));
  return { runs: targets.map((target) => new Run(target, seed, probed)), probed };
}

/**
 * Lets the targets take turns. Findings are written to `folder`, one file each, in the form of test/fuzz/regressions.
 *
 * @returns how many there are
 */
export async function fuzz(options: FuzzOptions, folder: string): Promise<number> {
  const { runs, probed } = await createRuns(options.seed, chosen(options.only));
  const start = performance.now();
  const deadline = start + options.seconds * 1_000;
  while (performance.now() < deadline) {
    for (const run of runs) await run.takeTurn(deadline);
  }
  for (const line of report(runs, probed.probes, (performance.now() - start) / 1_000)) console.log(line);
  const findings = runs.flatMap((run) => run.findings.slice(0, MAX_FINDINGS));
  await writeFindings(findings, folder, options.seed);
  return findings.length;
}

function chosen(names: readonly string[]): readonly Target[] {
  const unknown = names.filter((name) => !TARGETS.some((target) => target.name === name));
  if (unknown.length > 0) {
    throw new RangeError(`no target ${unknown}; there are ${TARGETS.map(({ name }) => name).join(", ")}`);
  }
  return names.length === 0 ? TARGETS : TARGETS.filter(({ name }) => names.includes(name));
}

function report(runs: readonly Run[], probes: number, seconds: number): string[] {
  const reached = new Set(runs.flatMap((run) => [...run.passed()]));
  const executions = runs.reduce((sum, run) => sum + run.executions, 0);
  const rows = runs.map((run) =>
    [
      run.target.name.padEnd(14),
      `${run.executions}`.padStart(10),
      `${run.accepted}`.padStart(10),
      `${run.corpusSize}`.padStart(7),
      `${run.passed().size}`.padStart(8),
      `${run.findings.length}`.padStart(9),
      `  ${[...run.deviations].map(([id, count]) => `${id} ${count}`).join(", ")}`,
    ].join(""),
  );
  return [
    "target        executions  accepted corpus  reached findings  deviations",
    ...rows,
    `${executions} executions in ${seconds.toFixed(0)} s, ${Math.round(executions / seconds)} a second`,
    `${reached.size} of ${probes} branches of the filter reached`,
  ];
}

async function writeFindings(findings: readonly Finding[], folder: string, seed: number): Promise<void> {
  if (findings.length > 0) await mkdir(folder, { recursive: true });
  for (const [index, finding] of findings.entries()) {
    const file = join(folder, `${finding.target}-${seed}-${index}.json`);
    await writeFile(file, `${JSON.stringify(finding, null, 2)}\n`);
    console.error(`${file}: ${finding.problem}`);
  }
}

/**
 * `npm run fuzz -- --seconds N [--seed S] [--only TARGET...]`: fuzzes the filter. Exits 1 where an input traps it or is
 * judged otherwise than by its oracle.
 */
import { join } from "node:path";
import { Command, InvalidArgumentError } from "commander";
import { fuzz } from "../test/fuzz/fuzz.ts";
import { buildFilter } from "./build/filter.ts";
import { announce, runScript } from "./setup/step.ts";

const FINDINGS = join(".cache", "fuzz");

const program = new Command("npm run fuzz --")
  .description("Feeds the filter with changed inputs and compares its verdicts with those of jose.")
  .option("--seconds <number>", "how long", parseCount, 60)
  .option("--seed <number>", "equal seeds give equal inputs", parseCount, Date.now() % 1_000_000)
  .option("--only <target...>", "targets to run", []);

await runScript(async () => {
  const options = program.parse(process.argv).opts<{ seconds: number; seed: number; only: string[] }>();
  await buildFilter();
  announce("fuzz", `${options.seconds} s with --seed ${options.seed}`);
  if ((await fuzz(options, FINDINGS)) > 0) process.exitCode = 1;
});

function parseCount(value: string): number {
  const count = Number(value);
  if (Number.isSafeInteger(count) && count > 0) return count;
  throw new InvalidArgumentError("It must be a positive integer.");
}

/** A short run of the fuzzer, and everything that longer ones have found. */
import { readdirSync, readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { WasmHost } from "../filter/wasm-host.ts";
import { DEVIATIONS } from "./deviations.ts";
import type { Finding } from "./engine.ts";
import { createRuns } from "./fuzz.ts";
import { NOW } from "./oracle.ts";
import { TARGETS } from "./targets/index.ts";

const SEED = 1;
const EXECUTIONS = 2_000;
const REGRESSIONS = new URL("./regressions/", import.meta.url);

const { runs } = await createRuns(SEED);

test.each(runs)(
  "$target.name: no input traps the filter or is judged otherwise than by the oracle",
  async (run) => {
    await run.execute(EXECUTIONS);
    expect(run.findings).toEqual([]);
    expect(run.accepted).toBeGreaterThan(0);
    expect(run.accepted).toBeLessThan(run.executions);
  },
);

test("the same seed gives the same inputs", async () => {
  const name = "claims";
  const again = (await createRuns(SEED)).runs.find((run) => run.target.name === name);
  await again?.execute(EXECUTIONS);
  const first = runs.find((run) => run.target.name === name);
  expect(again?.accepted).toBe(first?.accepted);
  expect([...(again?.deviations ?? [])]).toEqual([...(first?.deviations ?? [])]);
});

test("every deviation from the oracle is met, so that none is listed in vain", () => {
  const met = new Set(runs.flatMap((run) => [...run.deviations.keys()]));
  expect(DEVIATIONS.map(({ id }) => id).filter((id) => !met.has(id))).toEqual([]);
});

describe("what the fuzzer has found stays right", () => {
  const makeHost = (options = {}) => Object.assign(new WasmHost(options), { now: NOW });
  const judges = new Map(TARGETS.map((target) => [target.name, target.start(makeHost)]));
  test.each(readdirSync(REGRESSIONS))("%s", async (file) => {
    const { target, input }: Finding = JSON.parse(readFileSync(new URL(file, REGRESSIONS), "utf8"));
    expect((await judges.get(target)?.(input))?.problem).toBeUndefined();
  });
});

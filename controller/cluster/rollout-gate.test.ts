import { expect, test } from "vitest";
import type { PluginConfig } from "../api/plugin-config.ts";
import { ConfigHistory } from "./config-history.ts";
import { GatewayView, type Sighting } from "./gateway-view.ts";
import { RolloutGate } from "./rollout-gate.ts";
import type { WorkloadProblem } from "./wasm-plugin-reconciler.ts";

const TIMEOUT_MS = 10_000;
const OLD = config("0000000000001", ["a"]);
const NEW = config("0000000000002", ["a", "b"]);

function config(revision: string, policies: string[]): PluginConfig {
  const open = policies.map((id) => ({ id, kind: "open" as const }));
  return { version: 1, revision, clockSkewSeconds: 60, keySets: [], providers: [], policies: open };
}

function seen(revision: string | undefined, failingSince?: number): Sighting {
  return { revision, unknownKeyIds: 0, failingSince };
}

/** A gate in front of gateways that were seen with these revisions. */
function gateBefore(...sightings: Sighting[]) {
  const history = new ConfigHistory();
  history.add(OLD);
  history.add(NEW);
  const world = { now: 0, sightings, problem: undefined as WorkloadProblem | undefined };
  const asked: [string, number][] = [];
  const gate = new RolloutGate({
    viewOf: () =>
      GatewayView.of(new Map(world.sightings.map((s, index) => [`g${index}`, s])), history, 5_000, world.now),
    problemOf: () => world.problem,
    timeoutMs: TIMEOUT_MS,
    later: (apiRule, delayMs) => asked.push([apiRule, delayMs]),
    now: () => world.now,
  });
  const ask = (policies: string[], isInPlace = false) => gate.ask("n/r", "w", policies, isInPlace);
  return { gate, world, asked, ask };
}

test("routes pass when every gateway was seen with their policies", () => {
  expect(gateBefore(seen(NEW.revision), seen(NEW.revision)).ask(["a", "b"])).toMatchObject({
    kind: "open",
    enforced: { status: "True", reason: "Observed" },
  });
});

test.each([
  ["has an older configuration", seen(OLD.revision)],
  ["has one that is not known", seen("fffffffffffff")],
  ["has none", seen(undefined)],
])("routes wait while one gateway %s", (_, other) => {
  const { ask, gate } = gateBefore(seen(NEW.revision), other);
  expect(ask(["b"])).toEqual({ kind: "closed" });
  expect(gate.waitingFor("w")).toEqual(["n/r"]);
});

test("policies that run already need no wait", () => {
  expect(gateBefore(seen(NEW.revision), seen(OLD.revision)).ask(["a"]).kind).toBe("open");
});

test("a wait is told after a second, and after the time limit the routes are held back", () => {
  const { ask, world, asked } = gateBefore(seen(OLD.revision));
  ask(["b"]);
  world.now = 1_000;
  expect(ask(["b"])).toMatchObject({ progress: { state: "Processing", reason: "Pending" } });
  world.now = TIMEOUT_MS;
  expect(ask(["b"])).toMatchObject({ progress: { state: "Warning", reason: "GatewayNotUpdated" } });
  expect(asked.map(([, delayMs]) => delayMs)).toEqual([1_000, 9_000]);
});

test("a gateway that does not answer is named, and nothing new passes it", () => {
  const { ask, world } = gateBefore(seen(OLD.revision, 0));
  ask(["b"]);
  world.now = TIMEOUT_MS;
  const passage = ask(["b"]);
  expect(passage).toMatchObject({ kind: "closed", progress: { reason: "GatewaySilent" } });
  expect(JSON.stringify(passage)).toContain("g0");
});

test("routes in place are told to be uncertain while a gateway does not answer", () => {
  const { ask, world } = gateBefore(seen(NEW.revision, 0));
  world.now = 5_000;
  expect(ask(["a"], true)).toMatchObject({ enforced: { status: "Unknown", reason: "GatewaySilent" } });
});

test("without any gateway routes pass, and nothing is said to be enforced", () => {
  expect(gateBefore().ask(["b"])).toMatchObject({ enforced: { status: "Unknown", reason: "NoGateway" } });
});

test("a problem of the WasmPlugin is told at once", () => {
  const { ask, world } = gateBefore(seen(OLD.revision));
  world.problem = { state: "Error", reason: "ConfigurationTooLarge", message: "too large" };
  expect(ask(["b"])).toMatchObject({ kind: "closed", progress: world.problem });
});

test("the wait ends when the gateways follow", () => {
  const { ask, gate, world } = gateBefore(seen(OLD.revision));
  ask(["b"]);
  world.sightings = [seen(NEW.revision)];
  expect(ask(["b"]).kind).toBe("open");
  expect(gate.waitingFor("w")).toEqual([]);
});

import { describe, expect, test } from "vitest";
import type { PluginConfig } from "../api/plugin-config.ts";
import { ConfigHistory } from "./config-history.ts";
import { GatewayView, type KnownPlugin, type Sighting } from "./gateway-view.ts";
import { RolloutGate } from "./rollout-gate.ts";
import type { WorkloadProblem } from "./wasm-plugin-reconciler.ts";

const TIMEOUT_MS = 10_000;
const OLD = config("0000000000001", ["a"]);
const NEW = config("0000000000002", ["a", "b"]);

function config(revision: string, policies: string[]): PluginConfig {
  const open = policies.map((id) => ({ id, kind: "open" as const }));
  return { version: 1, revision, clockSkewSeconds: 60, keySets: [], providers: [], policies: open };
}

const PLUGIN = "tollgate-1";
const OTHER = "tollgate-2";

function seen(revision: string | undefined, failingSince?: number): Sighting {
  return seenWith(revision === undefined ? {} : { [PLUGIN]: revision }, failingSince);
}

/** A gateway with these labels that was seen with a revision of each of these WasmPlugins. */
function seenWith(
  plugins: Record<string, string>,
  failingSince?: number,
  labels: Sighting["labels"] = { app: "a", zone: "z" },
): Sighting {
  const entries = Object.entries(plugins).map(
    ([name, revision]) => [name.replace("-", "_"), revision] as const,
  );
  return { revisions: new Map(entries), fetchesWanted: new Map(), labels, failingSince };
}

/** A gate in front of gateways that were seen with these revisions. */
function gateBefore(...sightings: Sighting[]) {
  const history = new ConfigHistory();
  history.add(OLD);
  history.add(NEW);
  const plugins: KnownPlugin[] = [{ name: PLUGIN, pluginName: PLUGIN, selector: { app: "a" }, history }];
  const world = { now: 0, sightings, plugins, problem: undefined as WorkloadProblem | undefined };
  const asked: [string, number][] = [];
  const gate = new RolloutGate({
    viewOf: () =>
      GatewayView.of(
        { app: "a" },
        new Map(world.sightings.map((s, index) => [`g${index}`, s])),
        world.plugins,
        5_000,
        world.now,
      ),
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

describe("with a second WasmPlugin", () => {
  function gateBeforeTwo(selector: Record<string, string>, sighting: Sighting) {
    const { world, ask } = gateBefore(sighting);
    world.plugins = world.plugins.flatMap((plugin) => [
      plugin,
      { ...plugin, name: OTHER, pluginName: OTHER, selector },
    ]);
    return ask(["b"]).kind;
  }

  test.each([
    ["has the policies as well", { [PLUGIN]: NEW.revision, [OTHER]: NEW.revision }, "open"],
    ["is older", { [PLUGIN]: NEW.revision, [OTHER]: OLD.revision }, "closed"],
    ["has not come yet", { [PLUGIN]: NEW.revision }, "closed"],
  ])("routes look at one that reaches the pod, which %s", (_, plugins, kind) => {
    expect(gateBeforeTwo({ zone: "z" }, seenWith(plugins))).toBe(kind);
    expect(gateBeforeTwo({ zone: "z" }, { ...seenWith(plugins), labels: undefined })).toBe(kind);
  });

  test.each([{ app: "other" }, { zone: "other" }])(
    "one that does not reach the pod is not looked at",
    (other) => {
      expect(gateBeforeTwo(other, seen(NEW.revision))).toBe("open");
    },
  );
});

test("routes wait for a gateway that no WasmPlugin is known to reach", () => {
  const { ask, world } = gateBefore(seen(NEW.revision));
  world.plugins = [];
  expect(ask(["a"]).kind).toBe("closed");
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

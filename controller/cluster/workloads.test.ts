import { expect, test } from "vitest";
import type { Selector } from "../model/selector.ts";
import { ANY_WORKLOAD, Workloads } from "./workloads.ts";

const ISTIO = { istio: "ingressgateway" };
const APP = { app: "istio-ingressgateway" };
const BOTH = { ...APP, ...ISTIO };
const INTERNAL = { istio: "internal" };

/** Workloads with one APIRule each, whose policy has the name that is given. */
function workloadsOf(uses: readonly (readonly [Selector, string])[]) {
  const workloads = new Workloads();
  for (const [selector, policy] of uses)
    workloads.wanted.set(policy, [{ workload: workloads.note(selector), policies: [policy] }]);
  return workloads;
}

test("labels in another order are one workload", () => {
  const workloads = new Workloads();
  expect(workloads.note({ ...ISTIO, ...APP })).toBe(workloads.note(BOTH));
  expect(workloads.all()).toHaveLength(1);
});

test("what can share pods is held by all, whichever was there first", () => {
  for (const uses of [
    [[ISTIO, "a"] as const, [APP, "b"] as const],
    [[APP, "b"] as const, [ISTIO, "a"] as const],
  ]) {
    const workloads = workloadsOf(uses);
    for (const selector of [ISTIO, APP]) {
      const workload = workloads.note(selector);
      expect(workloads.takesPlugin(workload)).toBe(true);
      expect(workloads.wantedPolicies(workload)).toEqual(new Set(["a", "b"]));
      expect(workloads.pluginsOf(workload)).toEqual([workload]);
    }
  }
});

test("what shares no pods is held apart", () => {
  const workloads = workloadsOf([
    [ISTIO, "a"],
    [INTERNAL, "b"],
  ]);
  expect(workloads.wantedPolicies(workloads.note(ISTIO))).toEqual(new Set(["a"]));
});

test("a workload takes no WasmPlugin while one of fewer labels is in use", () => {
  const workloads = workloadsOf([
    [BOTH, "a"],
    [ISTIO, "b"],
  ]);
  const [both, istio] = [workloads.note(BOTH), workloads.note(ISTIO)];
  expect(workloads.takesPlugin(both)).toBe(false);
  expect(workloads.pluginsOf(both)).toEqual([istio]);
  expect(workloads.reachedFrom(istio)).toEqual([istio, both]);
  workloads.wanted.set("b", []);
  expect(workloads.takesPlugin(both)).toBe(true);
  expect(workloads.pluginsOf(both)).toEqual([both]);
  expect(workloads.reachedFrom(istio)).toEqual([both]);
});

test("a workload that nothing is exposed at takes no WasmPlugin", () => {
  const workloads = new Workloads();
  expect(workloads.takesPlugin(workloads.note(ISTIO))).toBe(false);
});

test("routes in the cluster keep a workload in use, and those of an unknown one are kept everywhere", () => {
  const workloads = new Workloads();
  const [istio, internal] = [workloads.note(ISTIO), workloads.note(INTERNAL)];
  workloads.live.set("v", [{ workload: istio, policies: ["a"] }]);
  workloads.live.set("w", [{ workload: ANY_WORKLOAD, policies: ["b"] }]);
  expect(workloads.takesPlugin(istio)).toBe(true);
  expect(workloads.livePolicies(istio)).toEqual(new Set(["a", "b"]));
  expect(workloads.livePolicies(internal)).toEqual(new Set(["b"]));
});

import { expect, test } from "vitest";
import type { KubernetesObject } from "../api/resources.ts";
import type { Exposure } from "../model/exposure.ts";
import { NeededPolicies } from "./needed-policies.ts";

const CHECK = { metadata: { namespace: "istio-system", name: "check" } } as KubernetesObject;
const PRINCIPAL = "cluster.local/ns/istio-system/sa/gateway";
const EXPOSURE: Exposure = {
  apiRule: { namespace: "demo", name: "wild" },
  gateway: { namespace: "gateways", name: "public" },
  hosts: ["*.example.com"],
  routes: [],
};
const CHECKED: Exposure = { ...EXPOSURE, externalChecks: [{ authorizer: "first", requests: [] }] };
const GUARDED: Exposure = {
  ...CHECKED,
  guardedWorkloads: [{ namespace: "demo", selector: { app: "echo" } }],
};

function neededWith(checks: KubernetesObject[], principals: string[]): NeededPolicies {
  return new NeededPolicies({
    state: { workloadOf: () => "workload" },
    checks: { wantedBy: () => checks },
    identities: { of: async () => principals },
    later: () => {},
  });
}

const signal = new AbortController().signal;

test("checks and guards are needed, and nothing is lacking", async () => {
  const needs = await neededWith([CHECK], [PRINCIPAL]).of(GUARDED, signal);
  expect(needs?.policies.map(({ metadata }) => metadata.namespace)).toEqual(["istio-system", "demo"]);
  expect(needs?.concern).toBeUndefined();
});

test("checks that cannot be had are told, with what to do", async () => {
  const needs = await neededWith([], []).of(CHECKED, signal);
  expect(needs).toMatchObject({ policies: [], concern: { status: "False", reason: "TooManyNarrowerHosts" } });
  expect(needs?.concern?.message).toContain("rules with extAuth answer 503");
});

test("an exposure without checks lacks none", async () => {
  expect(await neededWith([], []).of(EXPOSURE, signal)).toEqual({ policies: [], concern: undefined });
});

test("what is needed cannot be told while the identity of the gateway is not known", async () => {
  expect(await neededWith([CHECK], []).of(GUARDED, signal)).toBeUndefined();
});

import { expect, test } from "vitest";
import type { KubernetesObject } from "../../api/resources.ts";
import { gateway } from "../../model/test-resources.ts";
import { authorizationPolicyName, portsOf, renderAuthorizationPolicies } from "./authorization-policy.ts";

const REQUEST = { methods: ["GET" as const], paths: ["/*"], notPaths: [], passPreflight: false };
const EXPOSURE = {
  apiRule: { namespace: "demo", name: "wild" },
  gateway: { namespace: "gateways", name: "public" },
  hosts: ["*.example.com"],
  routes: [],
  externalChecks: [
    { authorizer: "first", requests: [REQUEST, REQUEST] },
    { authorizer: "second", requests: [REQUEST] },
  ],
};

const placeWith = (count: number, label = "h") => ({
  ...{ namespace: "istio-system", selector: { istio: "ingressgateway" }, ports: [443] },
  narrowerHosts: Array.from({ length: count }, (_, index) => `${label}${index}.example.com`),
});

test("every narrower host is left out, or nobody is asked at all", () => {
  const policies = renderAuthorizationPolicies(EXPOSURE, placeWith(5_000));
  expect(policies).toHaveLength(2);
  for (const policy of policies) expect(JSON.stringify(policy)).toContain('"h4999.example.com:*"');
  expect(renderAuthorizationPolicies(EXPOSURE, placeWith(5_001))).toEqual([]);
});

test("nobody is asked where the narrower hosts would not fit an object of the API server", () => {
  expect(renderAuthorizationPolicies(EXPOSURE, placeWith(1_000, "h".repeat(200)))).toHaveLength(2);
  expect(renderAuthorizationPolicies(EXPOSURE, placeWith(2_000, "h".repeat(200)))).toEqual([]);
});

test("a name tells APIRule and content with 96 bits, and is one that Kubernetes takes", () => {
  const nameOf = (namespace: string, name: string, action = "CUSTOM") =>
    authorizationPolicyName({ namespace, name }, { action });
  expect(nameOf("demo", "wild")).toMatch(/^tollgate-wild-[0-9a-f]{24}$/);
  const names = [nameOf("demo", "wild"), nameOf("other", "wild"), nameOf("demo", "wild", "ALLOW")];
  expect(new Set(names)).toHaveProperty("size", 3);
  const long = nameOf("demo", `${"a".repeat(199)}.${"b".repeat(53)}`);
  expect(long).toMatch(/^tollgate-a{199}-[0-9a-f]{24}$/);
});

test("clients may name the ports of the servers, and those of URLs without one", () => {
  expect(portsOf(gateway("public", ["*"]))).toEqual([80, 443]);
  const other = gateway("public", ["*"]);
  for (const { port } of other.spec.servers) port.number = 8080;
  expect(portsOf(other)).toEqual([80, 443, 8080]);
  expect(portsOf(undefined)).toEqual([80, 443]);
});

test("more rules than a policy may have are in several", () => {
  const requests = Array.from({ length: 600 }, (_, index) => ({ ...REQUEST, paths: [`/${index}`] }));
  const exposure = { ...EXPOSURE, externalChecks: [{ authorizer: "first", requests }] };
  const policies = renderAuthorizationPolicies(exposure, placeWith(0));
  const rulesOf = ({ spec }: KubernetesObject) => (spec as { rules: unknown[] }).rules.length;
  expect(policies.map(rulesOf)).toEqual([512, 88]);
  expect(new Set(policies.map(({ metadata }) => metadata.name)).size).toBe(2);
});

import { expect, test } from "vitest";
import { gateway } from "../../model/test-resources.ts";
import { asksForNarrowerHosts, portsOf, renderAuthorizationPolicies } from "./authorization-policy.ts";

const REQUEST = { methods: ["GET" as const], paths: ["/*"], notPaths: [], passPreflight: false };
const EXPOSURE = {
  apiRule: { namespace: "demo", name: "wild" },
  gateway: { namespace: "gateways", name: "public" },
  hosts: ["*.example.com"],
  routes: [],
  externalChecks: [{ authorizer: "first", requests: [REQUEST, REQUEST] }],
};

const placeWith = (count: number) => ({
  ...{ namespace: "istio-system", selector: { istio: "ingressgateway" }, ports: [443] },
  narrowerHosts: Array.from({ length: count }, (_, index) => `h${index}.example.com`),
});

test.each([
  [500, false],
  [501, true],
])("of %i narrower hosts for two kinds of requests the authorizers are asked: %s", (count, isAsked) => {
  const place = placeWith(count);
  expect(asksForNarrowerHosts(EXPOSURE, place)).toBe(isAsked);
  const [policy] = renderAuthorizationPolicies(EXPOSURE, place);
  expect(JSON.stringify(policy).includes("h0.example.com")).toBe(!isAsked);
});

test("clients may name the ports of the servers, and those of URLs without one", () => {
  expect(portsOf(gateway("public", ["*"]))).toEqual([80, 443]);
  const other = gateway("public", ["*"]);
  for (const { port } of other.spec.servers) port.number = 8080;
  expect(portsOf(other)).toEqual([80, 443, 8080]);
  expect(portsOf(undefined)).toEqual([80, 443]);
});

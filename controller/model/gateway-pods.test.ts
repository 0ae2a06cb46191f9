import { describe, expect, test } from "vitest";
import { GatewayPods } from "./gateway-pods.ts";
import { gateway } from "./test-resources.ts";

const HOST = "shop.example.com";

describe("a VirtualService of namespace demo at a Gateway with the server host", () => {
  test.each([
    ["*", HOST, true],
    ["*.example.com", HOST, true],
    ["demo/*.example.com", HOST, true],
    ["*/shop.example.com", HOST, true],
    ["shop.example.com", "*.example.com", true],
    ["*.example.com", "*", true],
    ["team-a/*.example.com", HOST, false],
    ["./*.example.com", HOST, false],
    ["*.example.org", HOST, false],
    ["cart.example.com", HOST, false],
  ])("%s, host %s: served is %s", (serverHost, host, isServed) => {
    const pods = new GatewayPods([gateway("public", [serverHost])]);
    expect(pods.serves("gateways/public", host, { namespace: "demo" })).toBe(isServed);
  });
});

describe("exportTo", () => {
  test.each<[string[] | undefined, string, string | undefined, boolean]>([
    [undefined, "demo", undefined, true],
    [[], "demo", undefined, true],
    [["*"], "demo", undefined, true],
    [["istio-system"], "demo", undefined, true],
    [[".", "istio-system"], "demo", undefined, true],
    [["."], "istio-system", undefined, true],
    [["."], "edge", "edge", true],
    [["."], "demo", undefined, false],
    [["~"], "demo", undefined, false],
    [["~"], "istio-system", undefined, false],
    [["istio-system"], "demo", "edge", false],
  ])("%j from %s, pods in %s: reaches them is %s", (exportTo, namespace, podNamespace, reaches) => {
    const pods = new GatewayPods([gateway("public", ["*"])], { namespace: podNamespace });
    expect(pods.serves("gateways/public", HOST, { namespace, ...(exportTo && { exportTo }) })).toBe(reaches);
  });
});

test("a Gateway that is not known serves nothing, unless none is known at all", () => {
  const origin = { namespace: "demo" };
  expect(new GatewayPods([]).serves("gateways/public", HOST, origin)).toBe(false);
  expect(new GatewayPods(undefined).serves("gateways/public", HOST, origin)).toBe(true);
});

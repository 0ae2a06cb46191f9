import { describe, expect, test } from "vitest";
import { apiRule, gateway } from "./test-resources.ts";
import { translate } from "./translate.ts";

const everything = gateway("public", ["*"]);
const longLabel = "a".repeat(63);
const longName = `${`${longLabel}.`.repeat(3)}${"a".repeat(55)}.example`;

function outcome(host: string, gateways = [everything], reference = "gateways/public") {
  const [result] = translate({
    apiRules: [apiRule("shop", { hosts: [host], gateway: reference })],
    gateways,
  }).results;
  return { hosts: result?.exposure?.hosts, problems: result?.problems };
}

describe("hosts that are exposed as they are", () => {
  test.each([
    "host.example.com",
    "a.b.ca",
    longName,
    `${longLabel}.com`,
    "*.example.com",
    "*.sub.example.com",
    "*.local.kyma.dev",
  ])("%s", (host) => {
    expect(outcome(host)).toEqual({ hosts: [host], problems: [] });
  });
});

describe("hosts that are refused", () => {
  test.each([
    "",
    "host.exaMple.com",
    `${longName}.com`,
    `${longLabel}a.com`,
    "host.",
    ".com",
    ".example.com",
    "host..com",
    "host.example.",
    "host.example.c",
    "example.c",
    "*host.example.com",
    "ho*st.example.com",
    "host.*example.com",
    "host.example.com*",
    "**.example.com",
    "*example.com",
    "*.",
    "*.com",
    "*.c",
    "*.example.",
    "-host.example.com",
    "host-.example.com",
    "sHort",
    `${longLabel}a`,
    "host.example.com\n",
  ])("%j", (host) => {
    const { hosts, problems } = outcome(host);
    expect(hosts).toBeUndefined();
    expect(problems).toEqual([{ path: ".spec.hosts[0]", message: expect.any(String) }]);
  });
});

describe("short hosts", () => {
  test.each([
    ["one server", gateway("public", ["*.example.com"])],
    ["the same host on all servers", gateway("public", ["*.example.com"], ["*.example.com"])],
    ["a host with a namespace", gateway("public", ["*/*.example.com"], ["demo/*.example.com"])],
  ])("are completed from %s", (_, publicGateway) => {
    expect(outcome("short-host--name", [publicGateway])).toEqual({
      hosts: ["short-host--name.example.com"],
      problems: [],
    });
  });

  test.each([
    ["two hosts", gateway("public", ["*.example.com", "*.example.org"])],
    ["other hosts on another server", gateway("public", ["*.example.com"], ["*.example.org"])],
    ["the same host twice", gateway("public", ["*.example.com", "*.example.com"])],
    ["a host without wildcard", gateway("public", ["shop.example.com"])],
    ["every host", gateway("public", ["*"])],
    ["no server", gateway("public")],
  ])("are refused with %s", (_, publicGateway) => {
    const message =
      "Lowercase RFC 1123 label (short host) is only supported as the APIRule host when selected Gateway has a single " +
      "host definition matching *.<fqdn> format";
    expect(outcome("shop", [publicGateway])).toEqual({
      hosts: undefined,
      problems: [{ path: ".spec.hosts[0]", message }],
    });
  });

  test("need the Gateway", () => {
    const { results } = translate({ apiRules: [apiRule("shop", { hosts: ["shop"] })] });
    expect(results[0]?.problems).toEqual([
      {
        path: ".spec.hosts[0]",
        message:
          'The short host "shop" is completed from Gateway "gateways/public"; add the Gateway document, or write the full host',
      },
    ]);
  });
});

describe("a Gateway with the server hosts", () => {
  test.each([
    [["*"], "shop.example.com", true],
    [["*.example.com"], "shop.example.com", true],
    [["*.example.com"], "a.shop.example.com", true],
    [["*.example.com"], "*.shop.example.com", true],
    [["*.example.com"], "*.example.com", true],
    [["*.EXAMPLE.com"], "shop.example.com", true],
    [["*.shop.example.com"], "*.example.com", false],
    [["*.example.com"], "example.com", false],
    [["*.example.com"], "shopexample.com", false],
    [["shop.example.com"], "a.shop.example.com", false],
    [["other.example.com", "demo/shop.example.com"], "shop.example.com", true],
    [["*/*"], "shop.example.com", true],
    [["other/*.example.com"], "shop.example.com", false],
    [["./*.example.com"], "shop.example.com", false],
  ])("%j, host %s: %s", (serverHosts, host, served) => {
    const { hosts, problems } = outcome(host, [gateway("public", serverHosts)]);
    expect(hosts).toEqual(served ? [host] : undefined);
    const message = `Gateway "gateways/public" does not serve the host "${host}" to namespace "demo"; it has ${serverHosts.join(", ")}`;
    expect(problems).toEqual(served ? [] : [{ path: ".spec.hosts[0]", message }]);
  });
});

test("a Gateway that does not exist is named", () => {
  expect(outcome("shop.example.com", [everything], "gateways/private").problems).toEqual([
    {
      path: ".spec.gateway",
      message:
        'Could not get specified Gateway: Gateway not found: Unable to find Gateway "gateways/private"',
    },
  ]);
});

test("an APIRule without a Gateway is refused", () => {
  const { results } = translate({ apiRules: [apiRule("shop", { gateway: null })] });
  expect(results[0]?.problems).toEqual([
    { path: ".spec", message: "Either gateway or externalGateway must be specified" },
  ]);
});

test("an older APIRule keeps its host while something else is wrong with it", () => {
  const older = apiRule("older", { hosts: ["shop.example.com"], service: { name: "", port: 8080 } });
  const younger = apiRule("younger", { hosts: ["shop.example.com"] });
  const { results } = translate({ apiRules: [younger, older] });
  expect(results.map(({ exposure }) => exposure)).toEqual([undefined, undefined]);
  expect(results[1]?.problems.map(({ message }) => message)).toEqual([
    "Host is occupied by another Virtual Service: shop.example.com belongs to APIRule demo/older",
  ]);
});

import { describe, expect, test } from "vitest";
import type { Gateway } from "../api/resources.ts";
import type { Incumbent } from "./claim-registry.ts";
import type { GatewayPodsOptions } from "./gateway-pods.ts";
import { apiRule, gateway } from "./test-resources.ts";
import { translate } from "./translate.ts";

const PUBLIC = gateway("public", ["*"]);
const INTERNAL = gateway("internal", ["*"]);
const OF_OTHER_PODS = { ...INTERNAL, spec: { ...INTERNAL.spec, selector: { istio: "internal" } } };
const HOST = "bank.example.com";

interface Setting {
  gateways?: Gateway[];
  gatewayPods?: GatewayPodsOptions;
  incumbents?: Incumbent[];
}

function claim(name: string, created: string, spec: { hosts?: string[]; gateway?: string } = {}) {
  const rule = apiRule(name, { hosts: [HOST], ...spec });
  return { ...rule, metadata: { ...rule.metadata, creationTimestamp: created } };
}

/** The APIRules that have the hosts they want; of the others, what they are told. */
function outcome(apiRules: ReturnType<typeof claim>[], setting: Setting): Record<string, true | string> {
  const { results } = translate({ apiRules, gateways: [PUBLIC], ...setting });
  return Object.fromEntries(
    results.map(({ apiRule: { name }, problems }) => [name, problems[0]?.message ?? true]),
  );
}

function has(name: string, host: string, at = "gateways/public"): Incumbent {
  return { apiRule: { namespace: "demo", name }, hosts: [host], gateways: [at] };
}

const belongsTo = (name: string) =>
  `Host is occupied by another Virtual Service: ${HOST} belongs to APIRule demo/${name}`;

describe("a host that several APIRules want", () => {
  const old = claim("old", "2026-01-01T00:00:00Z");
  const victim = claim("victim", "2026-02-02T00:00:00Z");

  test.each<[string, Incumbent[], "old" | "victim"]>([
    ["is the oldest one's while nobody has it", [], "old"],
    ["stays with the one that has it", [has("victim", HOST)], "victim"],
    ["is the oldest one's if all have it", [has("victim", HOST), has("old", HOST)], "old"],
    ["stays, whatever the older one has", [has("victim", HOST), has("old", "my.example.com")], "victim"],
    ["is the oldest one's if the other has something else", [has("victim", "my.example.com")], "old"],
  ])("%s", (_, incumbents, owner) => {
    const loser = owner === "old" ? "victim" : "old";
    expect(outcome([old, victim], { incumbents })).toEqual({ [owner]: true, [loser]: belongsTo(owner) });
  });

  test("stays with one that has it and was refused since", () => {
    const edited = claim("victim", "2026-02-02T00:00:00Z", { hosts: ["Bank"] });
    expect(outcome([old, edited], { incumbents: [has("victim", HOST)] }).old).toBe(belongsTo("victim"));
  });

  test("does not come with what one has at other pods", () => {
    const incumbents = [has("old", HOST, "gateways/internal"), has("victim", HOST)];
    const gateways = [PUBLIC, OF_OTHER_PODS];
    expect(outcome([old, victim], { gateways, incumbents })).toEqual({
      old: belongsTo("victim"),
      victim: true,
    });
  });
});

describe("a host at two Gateways", () => {
  const inside = claim("inside", "2026-01-01T00:00:00Z", { gateway: "gateways/internal" });
  const outside = claim("outside", "2026-02-02T00:00:00Z");

  test("of different pods is for two APIRules", () => {
    const gateways = [PUBLIC, OF_OTHER_PODS];
    expect(outcome([inside, outside], { gateways })).toEqual({ inside: true, outside: true });
  });

  test.each<[string, Setting]>([
    ["that the same pods may serve", { gateways: [PUBLIC, INTERNAL] }],
    ["that one program serves", { gateways: [PUBLIC, OF_OTHER_PODS], gatewayPods: { together: true } }],
  ])("%s is for one", (_, setting) => {
    expect(outcome([inside, outside], setting)).toEqual({ inside: true, outside: belongsTo("inside") });
  });

  test("of which nothing is known is for one", () => {
    const { results } = translate({ apiRules: [inside, outside] });
    expect(results.map(({ exposure }) => exposure !== undefined)).toEqual([true, false]);
  });
});

import fc from "fast-check";
import { expect, test } from "vitest";
import type { Gateway, KubernetesObject, Service } from "../api/resources.ts";
import type { Incumbent } from "./claim-registry.ts";
import { type ForeignVirtualService, readForeign } from "./foreign-hosts.ts";
import { IncrementalTranslator } from "./incremental-translator.ts";
import { apiRule, gateway, service } from "./test-resources.ts";
import { translate } from "./translate.ts";

const OTHER = gateway("other", ["*"]);
const OF_OTHER_PODS = { ...OTHER, spec: { ...OTHER.spec, selector: { istio: "internal" } } };
const FOR_DEMO = gateway("public", ["demo/*.example.com"]);
const ONLY_A = gateway("public", ["a.example.com"]);
const PUBLIC = gateway("public", ["*.example.com"]);
const GATEWAYS = [
  [],
  [PUBLIC],
  [ONLY_A],
  [PUBLIC, OTHER],
  [OTHER],
  [PUBLIC, OF_OTHER_PODS],
  [FOR_DEMO, OTHER],
];
const GATEWAY_NAMES = ["gateways/public", "gateways/other"];
const HOSTS = ["a.example.com", "b.example.com", "*.example.com"];
const NAMES = ["a", "b", "c"];

/** APIRules that want few hosts and Services, so that edits of one touch the results of others. */
const anyApiRule: fc.Arbitrary<KubernetesObject> = fc
  .record({
    name: fc.constantFrom(...NAMES),
    host: fc.constantFrom(...HOSTS, "a", "Bad"),
    gateway: fc.constantFrom(...GATEWAY_NAMES),
    age: fc.constantFrom("2026-01-01T00:00:00Z", "2026-01-02T00:00:00Z"),
    service: fc.constantFrom("shop", "cart"),
    port: fc.constantFrom(80, 81),
    issuer: fc.constantFrom("https://one.example.com", "https://two.example.com", undefined),
  })
  .map(({ name, host, age, service: serviceName, port, issuer, ...rest }) => {
    const access = issuer === undefined ? { noAuth: true } : { jwt: { authentications: [{ issuer }] } };
    const rule = apiRule(name, {
      ...rest,
      hosts: [host],
      service: { name: serviceName, port },
      rules: [{ path: "/*", methods: ["GET"], ...access }],
    });
    return { ...rule, metadata: { ...rule.metadata, creationTimestamp: age } };
  });

type Edit = (world: World, translator: IncrementalTranslator) => void;

interface World {
  apiRules: Map<string, KubernetesObject>;
  services: Map<string, Service>;
  gateways: Gateway[];
  foreign: Map<string, ForeignVirtualService>;
  incumbents: Map<string, Incumbent>;
}

const anyEdit: fc.Arbitrary<Edit> = fc.oneof(
  anyApiRule.map(
    (object): Edit =>
      ({ apiRules }, translator) => {
        apiRules.set(object.metadata.name, object);
        translator.setApiRule(object);
      },
  ),
  fc.constantFrom(...NAMES).map(
    (name): Edit =>
      ({ apiRules }, translator) => {
        apiRules.delete(name);
        translator.deleteApiRule({ namespace: "demo", name });
      },
  ),
  fc.constantFrom("shop", "cart").map(
    (name): Edit =>
      ({ services }, translator) => {
        const added = service("demo", name, 80);
        services.set(name, added);
        translator.setService(added);
      },
  ),
  fc.constantFrom("shop", "cart").map(
    (name): Edit =>
      ({ services }, translator) => {
        services.delete(name);
        translator.deleteService({ namespace: "demo", name });
      },
  ),
  fc
    .record({
      name: fc.constantFrom("v", "w"),
      hosts: fc.subarray([...HOSTS, "*"]),
      gateways: fc.subarray(["mesh", ...GATEWAY_NAMES]),
      exportTo: fc.constantFrom(["*"], ["."]),
    })
    .map(({ name, ...binding }): Edit => {
      const virtualService = readForeign({ namespace: "other", name }, binding);
      return ({ foreign }, translator) => {
        foreign.set(name, virtualService);
        translator.setForeign(virtualService.ref, virtualService);
      };
    }),
  fc.constantFrom("v", "w").map(
    (name): Edit =>
      ({ foreign }, translator) => {
        foreign.delete(name);
        translator.setForeign({ namespace: "other", name }, undefined);
      },
  ),
  fc.constantFrom(...GATEWAYS).map(
    (gateways): Edit =>
      (world, translator) => {
        world.gateways = gateways;
        translator.setGateways(gateways);
      },
  ),
);

/** VirtualServices of APIRules that are, were or will be there. */
const anyVirtualService: fc.Arbitrary<Edit> = fc
  .record({
    name: fc.constantFrom(...NAMES),
    hosts: fc.subarray(HOSTS),
    gateways: fc.subarray(GATEWAY_NAMES),
    isThere: fc.boolean(),
  })
  .map(({ name, hosts, gateways, isThere }): Edit => {
    const apiRule = { namespace: "demo", name };
    return ({ incumbents }, translator) => {
      if (isThere) incumbents.set(name, { apiRule, hosts, gateways });
      else incumbents.delete(name);
      translator.setIncumbent(apiRule, incumbents.get(name));
    };
  });

test.each([
  ["edits", anyEdit],
  [
    "edits with live VirtualServices",
    fc.oneof({ weight: 3, arbitrary: anyEdit }, { weight: 1, arbitrary: anyVirtualService }),
  ],
])("after any %s the results are those of a translation of everything", (_, edit) => {
  fc.assert(
    fc.property(fc.array(fc.array(edit, { maxLength: 4 }), { maxLength: 8 }), (rounds) => {
      const translator = new IncrementalTranslator();
      const world: World = {
        ...{ apiRules: new Map(), services: new Map(), gateways: [] },
        ...{ foreign: new Map(), incumbents: new Map() },
      };
      const known = new Map<string, unknown>();
      for (const edits of rounds) {
        for (const apply of edits) apply(world, translator);
        for (const [key, result] of translator.update()) {
          if (result === undefined) known.delete(key);
          else known.set(key, result);
        }
        const whole = translateAll(world);
        expect([...known].sort(byKey).map(([, result]) => result)).toEqual(whole.results);
        const named = new Set(whole.policySet.policies.map(({ id }) => id));
        expect(translator.policySet(named)).toEqual(whole.policySet);
      }
    }),
    { numRuns: 300 },
  );
});

test("an edit changes only the results that it concerns", () => {
  const translator = new IncrementalTranslator();
  translator.setGateways([gateway("public", ["*.example.com"])]);
  translator.setService(service("demo", "shop", 8080));
  for (const name of NAMES) translator.setApiRule(apiRule(name));
  translator.update();
  translator.setApiRule(apiRule("b", { hosts: ["c.example.com"] }));
  expect([...translator.update().keys()].sort()).toEqual(["demo/b", "demo/c"]);
  expect([...translator.update().keys()]).toEqual([]);
});

test("policies that are not retained are forgotten, and named again when they come back", () => {
  const translator = new IncrementalTranslator();
  translator.setGateways([gateway("public", ["*.example.com"])]);
  translator.setService(service("demo", "shop", 8080));
  translator.setApiRule(apiRule("a"));
  const policy = translator.update().get("demo/a")?.exposure?.routes[0]?.policy ?? "";
  const ids = new Set([policy]);
  translator.retainPolicies(new Set());
  expect(translator.policySet(ids).policies).toEqual([]);
  translator.setApiRule(apiRule("a"));
  translator.update();
  expect(translator.policySet(ids).policies.map(({ id }) => id)).toEqual([policy]);
});

function translateAll({
  apiRules,
  services,
  gateways,
  foreign,
  incumbents,
}: World): ReturnType<typeof translate> {
  return translate({
    apiRules: [...apiRules.values()],
    services: [...services.values()],
    gateways,
    virtualServices: [...foreign.values()],
    incumbents: [...incumbents.values()],
  });
}

function byKey([a]: [string, unknown], [b]: [string, unknown]): number {
  return a < b ? -1 : 1;
}

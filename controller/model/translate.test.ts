import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { ALGORITHM_NAMES } from "../api/algorithms.ts";
import type { KubernetesObject } from "../api/resources.ts";
import { apiRule, gateway, service } from "./test-resources.ts";
import { translate } from "./translate.ts";

const ISSUER = { issuer: "https://issuer.example.com", jwksUri: "https://issuer.example.com/keys" };

function jwtRule(jwt: object, path = "/*"): object {
  return { path, methods: ["GET"], jwt: { authentications: [ISSUER], ...jwt } };
}

function policyIds(...rules: object[]): string[] {
  const { results } = translate({ apiRules: [apiRule("shop", { rules })] });
  expect(results[0]?.problems).toEqual([]);
  return results[0]?.exposure?.routes.map(({ policy }) => policy) ?? [];
}

describe("the id of a policy", () => {
  const authorizations = [{ requiredScopes: ["read", "write"] }, { audiences: ["a", "b"] }];
  const [reference] = policyIds(jwtRule({ authorizations }));

  test("is the same in every release", () => {
    expect(reference).toBe("58471a3ea70c39322b720172");
  });

  test.each([
    ["the order of authorizations", { authorizations: [...authorizations].reverse() }],
    [
      "the order of scopes",
      { authorizations: [{ requiredScopes: ["write", "read"] }, { audiences: ["b", "a"] }] },
    ],
    ["a repeated authorization", { authorizations: [...authorizations, ...authorizations] }],
    [
      "algorithms that are the default",
      { authorizations, authentications: [{ ...ISSUER, algorithms: ALL }] },
    ],
  ])("does not depend on %s", (_, jwt) => {
    expect(policyIds(jwtRule(jwt))).toEqual([reference]);
  });

  test.each([
    [
      "jwksUri",
      { authorizations, authentications: [{ ...ISSUER, jwksUri: "https://other.example.com/keys" }] },
    ],
    ["issuer", { authorizations, authentications: [{ ...ISSUER, issuer: "https://other.example.com" }] }],
    ["algorithms", { authorizations, authentications: [{ ...ISSUER, algorithms: ["ES256"] }] }],
    ["scopes", { authorizations: [{ requiredScopes: ["read"] }, { audiences: ["a", "b"] }] }],
    ["authorizations", {}],
  ])("changes with the %s", (_, jwt) => {
    expect(policyIds(jwtRule(jwt))).not.toEqual([reference]);
  });

  test("is shared by APIRules that demand the same", () => {
    const rules = [jwtRule({ authorizations })];
    const { results, policySet } = translate({
      apiRules: [apiRule("a", { rules }), apiRule("b", { rules })],
    });
    expect(results.map(({ exposure }) => exposure?.routes[0]?.policy)).toEqual([reference, reference]);
    expect(policySet.policies.map(({ id }) => id)).toEqual([reference]);
  });
});

const ALL = [...ALGORITHM_NAMES].reverse();

test("two APIRules of one name are both refused", () => {
  const { results, policySet } = translate({
    apiRules: [apiRule("shop"), apiRule("shop", { hosts: ["b.example.com"] })],
  });
  const problem = {
    path: ".metadata.name",
    message: "another APIRule has the same name; none of them is applied",
  };
  expect(results.map(({ problems }) => problems)).toEqual([[problem], [problem]]);
  expect(policySet.policies).toEqual([]);
});

test("a name that would break the name of a route is refused", () => {
  const { results } = translate({ apiRules: [apiRule("a/b")] });
  expect(results[0]?.problems.map(({ path }) => path)).toEqual([".metadata.name", ".spec.hosts[0]"]);
});

test("members that are null count as absent", () => {
  const rule = {
    path: "/*",
    methods: ["GET"],
    noAuth: true,
    jwt: null,
    extAuth: null,
    request: { headers: { "x-a": null } },
  };
  const { results } = translate({
    apiRules: [apiRule("shop", { timeout: null, corsPolicy: null, rules: [rule] })],
  });
  expect(results[0]?.problems).toEqual([]);
  expect(results[0]?.exposure?.routes[0]).toMatchObject({ timeoutSeconds: 180, requestHeaders: [] });
});

test("resources in any order give the same translation", () => {
  const rules = [jwtRule({}, "/a"), { path: "/b", methods: ["POST"], noAuth: true }];
  const apiRules = [
    apiRule("a"),
    apiRule("b", { hosts: ["a.example.com"] }),
    apiRule("c", { rules }),
    apiRule("d", { rules, hosts: ["d"] }),
    apiRule("e", { hosts: "wrong" }),
    apiRule("f"),
    apiRule("f", { rules: [] }),
  ];
  const gateways = [gateway("public", ["*.example.com"]), gateway("other", ["*"])];
  const services = [service("demo", "shop", 8080), service("demo", "other", 80)];
  const reference = JSON.stringify(translate({ apiRules, gateways, services }));
  fc.assert(
    fc.property(shuffled(apiRules), shuffled(gateways), shuffled(services), (rules, gates, backends) => {
      const shuffle = { apiRules: rules.map(withShuffledMembers), gateways: gates, services: backends };
      expect(JSON.stringify(translate(shuffle))).toBe(reference);
    }),
  );
});

function shuffled<T>(list: T[]): fc.Arbitrary<T[]> {
  return fc.shuffledSubarray(list, { minLength: list.length });
}

function withShuffledMembers<T>(value: T): T {
  if (typeof value !== "object" || value === null) return value;
  if (Array.isArray(value)) return value.map(withShuffledMembers) as T;
  const members = Object.entries(value).map(([name, member]) => [name, withShuffledMembers(member)]);
  return Object.fromEntries(members.reverse()) as T;
}

const anything = fc.anything({ withNullPrototype: true, maxDepth: 4 });
const sometimes = <T>(arbitrary: fc.Arbitrary<T>) =>
  fc.oneof({ weight: 4, arbitrary }, { weight: 1, arbitrary: anything });
const anyRule = fc.record(
  {
    path: sometimes(fc.constantFrom("/a", "/{*}", "/{**}", "/*", "/{**}/{**}", "/\ud800")),
    methods: sometimes(fc.array(sometimes(fc.constantFrom("GET", "OPTIONS", "FETCH")))),
    noAuth: sometimes(fc.boolean()),
    jwt: sometimes(
      fc.record(
        {
          authentications: sometimes(
            fc.array(sometimes(fc.record({ issuer: sometimes(fc.webUrl()), jwksUri: anything }))),
          ),
          authorizations: sometimes(
            fc.array(sometimes(fc.record({ requiredScopes: sometimes(fc.array(fc.string())) }))),
          ),
        },
        { requiredKeys: [] },
      ),
    ),
    request: sometimes(fc.record({ headers: sometimes(fc.dictionary(fc.string(), sometimes(fc.string()))) })),
    service: sometimes(fc.record({ name: sometimes(fc.string()), port: sometimes(fc.integer()) })),
  },
  { requiredKeys: [] },
);
const anyApiRule = fc.record(
  {
    apiVersion: sometimes(fc.constant("gateway.kyma-project.io/v2")),
    kind: sometimes(fc.constant("APIRule")),
    metadata: sometimes(fc.record({ name: sometimes(fc.string()), namespace: anything })),
    spec: sometimes(
      fc.record(
        {
          hosts: sometimes(fc.array(sometimes(fc.domain()))),
          gateway: sometimes(fc.constant("gateways/public")),
          corsPolicy: sometimes(
            fc.record({ allowOrigins: sometimes(fc.array(fc.dictionary(fc.string(), anything))) }),
          ),
          rules: sometimes(fc.array(sometimes(anyRule))),
        },
        { requiredKeys: [] },
      ),
    ),
  },
  { requiredKeys: [] },
);

test("no object makes it throw, and each is exposed or has a problem", () => {
  const gateways = [gateway("public", ["*"])];
  fc.assert(
    fc.property(fc.array(sometimes(anyApiRule), { maxLength: 3 }), (objects) => {
      const apiRules = objects.filter(
        (object) => typeof object === "object" && object !== null,
      ) as KubernetesObject[];
      const { results } = translate({ apiRules, gateways });
      expect(results).toHaveLength(apiRules.length);
      for (const { exposure, problems } of results) expect(exposure === undefined).toBe(problems.length > 0);
    }),
    { numRuns: 500 },
  );
});

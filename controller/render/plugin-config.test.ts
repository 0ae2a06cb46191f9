import fc from "fast-check";
import { expect, test } from "vitest";
import { ALGORITHM_NAMES } from "../api/algorithms.ts";
import { checkPluginConfig, type PluginKey } from "../api/plugin-config.ts";
import type { PolicySet } from "../model/exposure.ts";
import { renderPluginConfig } from "./plugin-config.ts";

const [SOURCE, OTHER_SOURCE, PROVIDER, OPEN, JWT] = ["a1", "a0", "b0", "c1", "c0"].map((id) =>
  id.padEnd(24, "0"),
) as [string, string, string, string, string];

const policySet = {
  policies: [
    { id: OPEN, kind: "open", refuseAmbiguousPath: true },
    {
      id: JWT,
      kind: "jwt",
      providers: [PROVIDER],
      authorizations: [{ scopes: ["read"], audiences: [] }],
      passCorsPreflight: true,
      refuseAmbiguousPath: false,
    },
  ],
  providers: [{ id: PROVIDER, issuer: "https://issuer.example", keySource: SOURCE, algorithms: ["RS256"] }],
  keySources: [
    { id: SOURCE, kind: "discovery", issuer: "https://issuer.example" },
    { id: OTHER_SOURCE, kind: "jwks", jwksUri: "https://issuer.example/jwks" },
  ],
} satisfies PolicySet;

const keys: PluginKey[] = [
  { kid: "b", algorithms: ["RS256"], spki: "Yg" },
  { kid: "a", algorithms: ["ES256"], spki: "YQ" },
  { algorithms: ["RS512"], spki: "Yw" },
];

test("a document holds all tables by id, key sets with and without keys, and only the flags that are set", () => {
  const config = renderPluginConfig(policySet, new Map([[SOURCE, keys]]));
  expect(checkPluginConfig(config)).toEqual([]);
  expect(config).toEqual({
    version: 1,
    revision: expect.stringMatching(/^[0-9a-f]{13}$/),
    clockSkewSeconds: 60,
    keySets: [
      { id: OTHER_SOURCE, keys: [] },
      { id: SOURCE, keys: [keys[2], keys[1], keys[0]] },
    ],
    providers: [{ id: PROVIDER, issuer: "https://issuer.example", keySet: SOURCE, algorithms: ["RS256"] }],
    policies: [
      {
        id: JWT,
        kind: "jwt",
        providers: [PROVIDER],
        authorizations: [{ scopes: ["read"], audiences: [] }],
        passCorsPreflight: true,
      },
      { id: OPEN, kind: "open", refuseAmbiguousPath: true },
    ],
  });
});

test("the order of the input does not show in the bytes", () => {
  const bytes = JSON.stringify(renderPluginConfig(policySet, new Map([[SOURCE, keys]])));
  fc.assert(
    fc.property(
      shuffled(policySet.policies),
      shuffled(policySet.keySources),
      shuffled(keys),
      (policies, keySources, shuffledKeys) => {
        const config = renderPluginConfig(
          { ...policySet, policies, keySources },
          new Map([[SOURCE, shuffledKeys]]),
        );
        expect(JSON.stringify(config)).toBe(bytes);
      },
    ),
  );
});

test("the revision changes with keys, policies and clock skew", () => {
  const revisions = [
    renderPluginConfig(policySet, new Map()),
    renderPluginConfig(policySet, new Map([[SOURCE, keys]])),
    renderPluginConfig(policySet, new Map([[SOURCE, keys.slice(1)]])),
    renderPluginConfig({ ...policySet, policies: policySet.policies.slice(1) }, new Map()),
    renderPluginConfig(policySet, new Map(), { clockSkewSeconds: 0 }),
  ].map(({ revision }) => revision);
  expect(new Set(revisions).size).toBe(revisions.length);
});

test("whatever keys there are, the document is one that the filter accepts", () => {
  const key = fc.record(
    {
      kid: fc.string({ unit: "grapheme" }),
      algorithms: fc.subarray([...ALGORITHM_NAMES], { minLength: 1 }),
      spki: fc.uint8Array({ minLength: 1 }).map((bytes) => Buffer.from(bytes).toString("base64url")),
    },
    { requiredKeys: ["algorithms", "spki"] },
  );
  fc.assert(
    fc.property(fc.array(key), (some) => {
      const config = renderPluginConfig(policySet, new Map([[SOURCE, some as PluginKey[]]]));
      expect(checkPluginConfig(config)).toEqual([]);
    }),
  );
});

function shuffled<Item>(items: readonly Item[]): fc.Arbitrary<Item[]> {
  return fc.shuffledSubarray([...items], { minLength: items.length, maxLength: items.length });
}

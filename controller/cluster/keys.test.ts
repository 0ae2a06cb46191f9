import { expect, test } from "vitest";
import type { PluginConfig, PluginKey } from "../api/plugin-config.ts";
import type { KeySource } from "../model/exposure.ts";
import { type FetchedKeys, Keys } from "./keys.ts";

const OLD: PluginKey = { kid: "old", algorithms: ["RS256"], spki: "AAAA" };
const NEW: PluginKey = { kid: "new", algorithms: ["RS256"], spki: "BBBB" };
const SOURCE: KeySource = { id: "s1", kind: "jwks", jwksUri: "https://issuer.example.com/jwks" };
const LIVE: PluginConfig = {
  version: 1,
  revision: "0000000000001",
  clockSkewSeconds: 60,
  keySets: [{ id: "s1", keys: [OLD] }],
  providers: [],
  policies: [],
};

function keysWith(fetched: PluginKey[], failure?: string): Keys {
  const store: FetchedKeys = {
    setSources: () => {},
    attempted: async () => {},
    keys: () => new Map([["s1", fetched]]),
    failures: () => new Map(failure === undefined ? [] : [["s1", failure]]),
  };
  return new Keys(store);
}

test("fetched keys replace those of the gateways, withdrawn ones included", () => {
  expect(keysWith([NEW]).withLastGood([SOURCE], LIVE)).toEqual(new Map([["s1", [NEW]]]));
});

test("as long as none were fetched the gateways keep theirs", () => {
  expect(keysWith([], "refused").withLastGood([SOURCE], LIVE)).toEqual(new Map([["s1", [OLD]]]));
  expect(keysWith([]).withLastGood([SOURCE], undefined)).toEqual(new Map([["s1", []]]));
});

test.each([
  ["fetched", keysWith([NEW]), undefined, "True", "KeysAvailable"],
  ["not fetched yet, but known to the gateways", keysWith([]), LIVE, "True", "KeysAvailable"],
  ["failing, but known", keysWith([NEW], "refused"), undefined, "False", "KeysNotRefreshed"],
  ["failing and unknown", keysWith([], "refused"), undefined, "False", "KeysUnavailable"],
])("keys that are %s are told so", (_, keys, live, status, reason) => {
  expect(keys.observe([SOURCE], live)).toMatchObject({ status, reason });
});

test("an APIRule without tokens needs no keys", () => {
  expect(keysWith([]).observe([], undefined)).toMatchObject({ status: "True", reason: "NoKeysNeeded" });
});

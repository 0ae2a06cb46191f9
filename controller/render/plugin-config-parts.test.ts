import { expect, test } from "vitest";
import type { PluginConfig, PluginKey } from "../api/plugin-config.ts";
import { apiRule, gateway, service } from "../model/test-resources.ts";
import { translate } from "../model/translate.ts";
import { renderPluginConfig } from "./plugin-config.ts";
import { joinPolicySets, keysIn, policiesIn } from "./plugin-config-parts.ts";

const KEY: PluginKey = { kid: "k", algorithms: ["RS256"], spki: "AAAA" };

const { policySet } = translate({
  apiRules: ["https://a.example.com", "https://b.example.com"].map((issuer, index) =>
    apiRule(`rule-${index}`, {
      corsPolicy: { allowOrigins: [{ exact: "https://x.example.com" }] },
      rules: [
        { path: "/t", methods: ["GET", "OPTIONS"], jwt: { authentications: [{ issuer }] } },
        { path: "/*", methods: ["GET", "OPTIONS"], noAuth: true },
      ],
    }),
  ),
  gateways: [gateway("public", ["*.example.com"])],
  services: [service("demo", "shop", 8080)],
});
const keys = new Map(policySet.keySources.map(({ id }) => [id, [KEY]]));
const config: PluginConfig = renderPluginConfig(policySet, keys);
const ids = config.policies.map(({ id }) => id);

test("what is read back of a document renders to the same document", () => {
  expect(config.policies).toHaveLength(3);
  expect(renderPluginConfig(policiesIn(config, new Set(ids)), keysIn(config))).toEqual(config);
});

test("a part of a document holds what its policies name, and no more", () => {
  const jwt = config.policies.find(({ kind }) => kind === "jwt");
  const part = renderPluginConfig(policiesIn(config, new Set([jwt?.id ?? ""])), keysIn(config));
  expect(part.policies).toEqual([jwt]);
  expect([part.providers.length, part.keySets.length]).toEqual([1, 1]);
});

test("parts join to the whole", () => {
  const parts = ids.map((id) => policiesIn(config, new Set([id])));
  const joined = parts.reduce((all, part) => joinPolicySets(all, part));
  expect(renderPluginConfig(joined, keysIn(config))).toEqual(config);
});

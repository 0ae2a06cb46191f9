import { expect, test } from "vitest";
import type { PluginConfig, PluginKey, PluginPolicy } from "../api/plugin-config.ts";
import { apiRule, gateway, service } from "../model/test-resources.ts";
import { translate } from "../model/translate.ts";
import { routeIntrospection } from "./introspection.ts";
import { introspectionInCluster } from "./istio/introspection.ts";
import { renderPluginConfig } from "./plugin-config.ts";
import { joinPolicySets, keysIn, policiesIn } from "./plugin-config-parts.ts";

const KEY: PluginKey = { kid: "k", algorithms: ["RS256"], spki: "AAAA" };

const { policySet } = translate({
  apiRules: ["https://a.example.com", "https://b.example.com"].map((issuer, index) =>
    apiRule(`rule-${index}`, {
      corsPolicy: { allowOrigins: [{ exact: "https://x.example.com" }] },
      rules: [
        { path: "/t", methods: ["GET", "OPTIONS"], jwt: { authentications: [{ issuer }] } },
        { path: "/o", methods: ["GET"], introspection: { endpoint: `${issuer}/introspect`, issuer } },
        { path: "/*", methods: ["GET", "OPTIONS"], noAuth: true },
      ],
    }),
  ),
  gateways: [gateway("public", ["*.example.com"])],
  services: [service("demo", "shop", 8080)],
});
const keys = new Map(policySet.keySources.map(({ id }) => [id, [KEY]]));
const named = routeIntrospection(policySet, introspectionInCluster("relay.tollgate.svc:1"));
const config: PluginConfig = renderPluginConfig(named, keys);
const ids = config.policies.map(({ id }) => id);

test("what is read back of a document renders to the same document", () => {
  expect(config.policies).toHaveLength(5);
  expect(config.introspectionServers).toHaveLength(2);
  expect(renderPluginConfig(policiesIn(config, new Set(ids)), keysIn(config))).toEqual(config);
});

test("a part of a document holds what its policies name, and no more", () => {
  const partOf = (policy?: PluginPolicy) => {
    const part = renderPluginConfig(policiesIn(config, new Set([policy?.id ?? ""])), keysIn(config));
    expect(part.policies).toEqual([policy]);
    return [part.providers.length, part.keySets.length, part.introspectionServers?.length];
  };
  const tokenPolicies = config.policies.filter((policy) => policy.kind === "jwt");
  expect(partOf(tokenPolicies.find(({ introspection }) => introspection === undefined))).toEqual([
    1,
    1,
    undefined,
  ]);
  expect(partOf(tokenPolicies.find(({ introspection }) => introspection !== undefined))).toEqual([0, 0, 1]);
});

test("parts join to the whole", () => {
  const parts = ids.map((id) => policiesIn(config, new Set([id])));
  const joined = parts.reduce((all, part) => joinPolicySets(all, part));
  expect(renderPluginConfig(joined, keysIn(config))).toEqual(config);
});

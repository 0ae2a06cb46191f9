import { expect, test } from "vitest";
import type { Secret } from "../api/resources.ts";
import { checkClientCredentials, readClientCredentials } from "./client-credentials.ts";
import { apiRule, gateway, service } from "./test-resources.ts";
import { translate } from "./translate.ts";

function secret(fields: Partial<Secret>): Secret {
  return { apiVersion: "v1", kind: "Secret", metadata: { namespace: "shop", name: "login" }, ...fields };
}

const base64 = (text: string) => Buffer.from(text).toString("base64");

test.each([
  ["data", { data: { client_id: base64("me"), client_secret: base64("s:cret") } }],
  ["stringData", { type: "Opaque", stringData: { client_id: "me", client_secret: "s:cret" } }],
  ["both", { data: { client_id: base64("me") }, stringData: { client_secret: "s:cret" } }],
])("credentials in %s", (_, fields) => {
  expect(readClientCredentials(secret(fields))).toEqual({ clientId: "me", clientSecret: "s:cret" });
});

test.each([
  [".type", "must be Opaque", { type: "kubernetes.io/tls" }],
  ['.data["client_id"]', "is missing", {}],
  ['.data["client_secret"]', "is missing", { stringData: { client_id: "me", client_secret: "" } }],
  [
    '.data["client_secret"]',
    "must be printable ASCII; it ends in a line feed",
    { data: { client_id: base64("me"), client_secret: base64("secret\n") } },
  ],
  ['.data["client_id"]', "must be printable ASCII", { stringData: { client_id: "mé", client_secret: "x" } }],
])("what is wrong with %s: %s", (field, message, fields) => {
  expect(readClientCredentials(secret(fields))).toEqual({ field, message });
});

test("a Secret that a rule names must be there and be right", () => {
  const introspection = (secretName: string) => ({
    endpoint: "https://login.example.com",
    clientCredentials: { secretName },
  });
  const { results, policySet } = translate({
    apiRules: [
      apiRule("a", {
        rules: [
          { path: "/a", methods: ["GET"], introspection: introspection("gone") },
          { path: "/b", methods: ["GET"], introspection: introspection("gone") },
          { path: "/c", methods: ["GET"], introspection: introspection("login") },
          { path: "/d", methods: ["GET"], introspection: { endpoint: "https://login.example.com" } },
          { path: "/e", methods: ["GET"], noAuth: true },
        ],
      }),
    ],
    gateways: [gateway("public", ["*.example.com"])],
    services: [service("demo", "shop", 8080)],
  });
  const exposures = results.flatMap(({ exposure }) => exposure ?? []);
  expect(exposures).toHaveLength(1);
  const namespace = exposures[0]?.apiRule.namespace ?? "";
  const named = (metadata: Secret["metadata"], fields: Partial<Secret>) => secret({ metadata, ...fields });
  expect(checkClientCredentials(exposures, policySet, [named({ namespace, name: "login" }, {})])).toEqual([
    {
      object: `APIRule ${namespace}/a`,
      path: ".spec.rules",
      message: `there is no Secret ${namespace}/gone, which an introspection names; add it`,
    },
    { object: `Secret ${namespace}/login`, path: '.data["client_id"]', message: "is missing" },
  ]);
});

/** Introspection with the credentials of a client, from the Secret to the issuer, while the gateway serves. */
import { readFile } from "node:fs/promises";
import { setTimeout as delay } from "node:timers/promises";
import { afterAll, beforeAll, beforeEach, expect, test } from "vitest";
import { INTROSPECTION_CLIENT, type Issuer, startIssuer } from "../../tools/demo/issuer.ts";
import { startUpstream, type Upstream } from "../../tools/demo/upstream.ts";
import { expectRefusal } from "../conformance/answer.ts";
import { apiRule } from "../support/apirule.ts";
import type { RawResponse } from "../support/client.ts";
import { eventually } from "../support/eventually.ts";
import { formsOfSecret, introspectionRule, loginSecret } from "../support/introspection-rule.ts";
import { type StandaloneGateway, startStandaloneGateway } from "../support/standalone-gateway.ts";

const HOST = "opaque.local.test";
const CACHE_SECONDS = 2;
const WRONG_CLIENT = { id: INTROSPECTION_CLIENT.id, secret: "a secret that nobody may see" };

/** An edit, and the time for which the filter does not ask an endpoint that has failed. */
const IN_FORCE_WITHIN_MS = 8_000;

let issuer: Issuer;
let upstream: Upstream;
let gateway: StandaloneGateway;

beforeAll(async () => {
  issuer = await startIssuer();
  upstream = await startUpstream();
  gateway = await startStandaloneGateway(manifests(), upstream.port);
});
afterAll(async () => {
  await gateway?.stop();
  await upstream?.close();
  await issuer?.close();
});
beforeEach(async () => {
  await gateway.apply(manifests());
  const token = await issuer.token({ opaque: true });
  await eventually(async () => expect((await get(token)).status).toBe(200), IN_FORCE_WITHIN_MS);
});

function manifests(client = INTROSPECTION_CLIENT, endpoint = issuer.introspectionEndpoint): object[] {
  const rule = introspectionRule("/", endpoint, { maxCacheSeconds: CACHE_SECONDS, timeoutSeconds: 1 });
  return [loginSecret(client), apiRule({ name: "opaque", rules: [rule] })];
}

function get(token: string): Promise<RawResponse> {
  const headers: [string, string][] = [
    ["host", HOST],
    ["authorization", `Bearer ${token}`],
  ];
  return gateway.send({ method: "GET", path: "/", headers });
}

/** Everything that somebody who operates the gateway can see. */
async function everythingShown(): Promise<string> {
  const shown = ["config_dump?include_eds", "stats", "clusters", "stats/prometheus"].map(async (path) =>
    (await fetch(`${gateway.adminUrl}/${path}`)).text(),
  );
  return [...(await Promise.all(shown)), await readFile(gateway.accessLog, "utf8"), gateway.log()].join("\n");
}

test("a revoked token is refused when its answer is remembered no longer", async () => {
  const token = await issuer.token({ opaque: true });
  expect((await get(token)).status).toBe(200);
  await issuer.revoke(token);
  expect((await get(token)).status).toBe(200);
  await delay(CACHE_SECONDS * 1_000 + 100);
  expectRefusal(await get(token), "token_inactive");
});

test("a rotated Secret is in use without a restart", async () => {
  await gateway.apply(manifests(WRONG_CLIENT));
  await eventually(
    async () => expectRefusal(await get(await issuer.token({ opaque: true })), "introspection_unavailable"),
    IN_FORCE_WITHIN_MS,
  );
  await gateway.apply(manifests());
  await eventually(async () => {
    expect((await get(await issuer.token({ opaque: true }))).status).toBe(200);
  }, IN_FORCE_WITHIN_MS);
});

test("credentials that are refused are told to the operator, and neither they nor tokens are shown", async () => {
  const token = await issuer.token({ opaque: true });
  await gateway.apply(manifests(WRONG_CLIENT));
  await eventually(
    async () => expectRefusal(await get(token), "introspection_unavailable"),
    IN_FORCE_WITHIN_MS,
  );
  await gateway.apply(manifests());
  await eventually(async () => expect((await get(token)).status).toBe(200), IN_FORCE_WITHIN_MS);
  const shown = await everythingShown();
  expect(shown).toContain("the endpoint refuses the client credentials (status 401)");
  expect(shown).toContain("introspection-relay");
  for (const client of [INTROSPECTION_CLIENT, WRONG_CLIENT])
    for (const secret of formsOfSecret(client)) expect(shown).not.toContain(secret);
  expect(shown).not.toContain(token);
});

test("a Secret without credentials is told with its field, and the last good one stays", async () => {
  const [secret, ...rules] = manifests();
  await gateway.apply([{ ...secret, data: {} }, ...rules]);
  await eventually(async () => {
    expect(gateway.log()).toContain("Secret default/login");
    expect(gateway.log()).toContain('.data[\\"client_id\\"]: is missing');
  }, IN_FORCE_WITHIN_MS);
  expect((await get(await issuer.token({ opaque: true }))).status).toBe(200);
});

test("an endpoint that cannot be reached refuses tokens until it can be", async () => {
  const token = await issuer.token({ opaque: true });
  await gateway.apply(manifests(INTROSPECTION_CLIENT, "http://127.0.0.1:9/introspect"));
  await eventually(
    async () => expectRefusal(await get(token), "introspection_unavailable"),
    IN_FORCE_WITHIN_MS,
  );
  await gateway.apply(manifests());
  await eventually(async () => expect((await get(token)).status).toBe(200), IN_FORCE_WITHIN_MS);
});

/** What an operator sees of allowed and refused requests: counters in Envoy's `/stats`, and the access log. */
import { readFile } from "node:fs/promises";
import { afterAll, beforeAll, expect, test } from "vitest";
import { COUNTERS } from "../../controller/api/counters.ts";
import { startUpstream, type Upstream } from "../../tools/demo/upstream.ts";
import { apiRule, jwtRule, openRule } from "../support/apirule.ts";
import { eventually } from "../support/eventually.ts";
import { type StandaloneGateway, startStandaloneGateway } from "../support/standalone-gateway.ts";
import { type Issuers, makeToken, startIssuers, type TokenSpec } from "../support/tokens.ts";

const ACCESS_LOG_IS_FLUSHED_WITHIN_MS = 20_000;
const STATS_ARE_FLUSHED_WITHIN_MS = 10_000;

let issuers: Issuers;
let upstream: Upstream;
let gateway: StandaloneGateway;

beforeAll(async () => {
  issuers = await startIssuers();
  upstream = await startUpstream();
  const shadow = { ...jwtRule("/shadow", issuers.main, ["read"]), mode: "shadow" };
  const rules = [openRule("/open"), jwtRule("/protected", issuers.main, ["read"]), shadow];
  gateway = await startStandaloneGateway([apiRule({ name: "counted", rules })], upstream.port);
});
afterAll(async () => {
  await gateway?.stop();
  await upstream?.close();
  for (const issuer of Object.values(issuers ?? {})) await issuer.close();
});

async function send(path: string, spec?: TokenSpec): Promise<void> {
  const authorization: [string, string][] =
    spec === undefined ? [] : [["authorization", `Bearer ${await makeToken(spec, issuers)}`]];
  await gateway.send({ method: "GET", path, headers: [["host", "counted.local.test"], ...authorization] });
}

test("each outcome is counted for its APIRule", async () => {
  await send("/open");
  await send("/protected");
  await send("/protected");
  await send("/protected", { scope: "read" });
  await send("/protected", { scope: "write" });
  await send("/protected", { sign: { expiresIn: -120 } });
  await send("/protected", { forge: "changedClaims" });
  await send("/protected", { forge: "unknownKey" });

  const own = "wasmcustom.tollgate.apirule.default/counted";
  await eventually(async () => {
    const stats = await gateway.stats("wasmcustom.tollgate");
    expect(Object.fromEntries([...stats].filter(([name]) => name.startsWith(own)))).toEqual({
      [`${own}.allowed`]: 2,
      [`${own}.denied.token_missing`]: 2,
      [`${own}.denied.scope_missing`]: 1,
      [`${own}.denied.expired`]: 1,
      [`${own}.denied.signature_mismatch`]: 1,
      [`${own}.denied.key_not_found`]: 1,
    });
    expect(stats.get("wasmcustom.tollgate.signature_checks")).toBe(4);
    expect(stats.get("wasmcustom.tollgate.unknown_key_ids")).toBe(1);
  }, STATS_ARE_FLUSHED_WITHIN_MS);
});

test("what shadow mode lets through is counted by its code", async () => {
  const before = await gateway.stats("wasmcustom.tollgate");
  await send("/shadow");
  await send("/shadow", { scope: "write" });
  await send("/shadow", { scope: "read" });

  const own = "wasmcustom.tollgate.apirule.default/counted";
  await eventually(async () => {
    const stats = await gateway.stats(`${own}.`);
    expect(stats.get(`${own}.shadow_denied.token_missing`)).toBe(1);
    expect(stats.get(`${own}.shadow_denied.scope_missing`)).toBe(1);
    expect((stats.get(`${own}.allowed`) ?? 0) - (before.get(`${own}.allowed`) ?? 0)).toBe(3);
  }, STATS_ARE_FLUSHED_WITHIN_MS);
});

test("a token seen before is not verified again", async () => {
  const token = await makeToken({ scope: "read" }, issuers);
  const headers: [string, string][] = [
    ["host", "counted.local.test"],
    ["authorization", `Bearer ${token}`],
  ];
  const before = await readCache();
  for (let sent = 0; sent < 50; sent++) await gateway.send({ method: "GET", path: "/protected", headers });

  await eventually(async () => {
    const after = await readCache();
    expect(after.hits + after.misses - before.hits - before.misses).toBe(50);
    expect(after.checks - before.checks).toBe(after.misses - before.misses);
    expect(after.misses - before.misses).toBeLessThan(10);
  }, STATS_ARE_FLUSHED_WITHIN_MS);
});

test("the access log tells route and code, and no token", async () => {
  const token = await makeToken({ scope: "write" }, issuers);
  const authority = "counted.local.test:1234";
  const headers: [string, string][] = [
    ["host", authority],
    ["authorization", `Bearer ${token}`],
  ];
  await gateway.send({ method: "GET", path: "/protected?query=private", headers });

  let text = "";
  await eventually(async () => {
    await send(`/open/${"fills-the-buffer".repeat(256)}`);
    text = await readFile(gateway.accessLog, "utf8");
    expect(text).toContain(authority);
  }, ACCESS_LOG_IS_FLUSHED_WITHIN_MS);
  const line = text.split("\n").find((candidate) => candidate.includes(authority)) ?? "";
  expect(JSON.parse(line)).toMatchObject({
    method: "GET",
    path: "/protected",
    route: expect.stringMatching(/^tollgate\/[0-9a-f]{24}\/default\/counted\/1$/),
    status: 403,
    details: "tollgate_denied{scope_missing}",
  });
  expect(text).not.toContain(token);
  expect(text).not.toContain("private");
});

test("every counter that belongs to no APIRule is there from the start", async () => {
  const stats = await gateway.stats("wasmcustom.tollgate");
  for (const { name } of COUNTERS.filter((counter) => !counter.name.includes("<"))) {
    expect([...stats.keys()]).toContain(`wasmcustom.tollgate.${name}`);
  }
});

async function readCache(): Promise<{ hits: number; misses: number; checks: number }> {
  const stats = await gateway.stats("wasmcustom.tollgate");
  const read = (name: string) => stats.get(`wasmcustom.tollgate.${name}`) ?? 0;
  return {
    hits: read("token_cache.hits"),
    misses: read("token_cache.misses"),
    checks: read("signature_checks"),
  };
}

/** Keys that an issuer rotates, and key ids that nobody knows, while the gateway serves. */
import { randomBytes } from "node:crypto";
import { afterAll, beforeAll, expect, test } from "vitest";
import { type Issuer, startIssuer } from "../../tools/demo/issuer.ts";
import { startUpstream, type Upstream } from "../../tools/demo/upstream.ts";
import { expectRefusal } from "../conformance/answer.ts";
import { apiRule, jwtRule } from "../support/apirule.ts";
import type { RawResponse } from "../support/client.ts";
import { eventually } from "../support/eventually.ts";
import { type JwksProxy, startJwksProxy } from "../support/jwks-proxy.ts";
import { signToken } from "../support/sign.ts";
import { type StandaloneGateway, startStandaloneGateway } from "../support/standalone-gateway.ts";

const ROTATION_TAKES_AT_MOST_MS = 2_000;
const FLOOD_MS = 4_000;
/** Shortest time between two fetches that are asked for. */
const INTERVAL_MS = 1_000;

let rotated: Issuer;
let other: Issuer;
let rotatedKeys: JwksProxy;
let otherKeys: JwksProxy;
let upstream: Upstream;
let gateway: StandaloneGateway;

beforeAll(async () => {
  [rotated, other, upstream] = await Promise.all([startIssuer(), startIssuer(), startUpstream()]);
  [rotatedKeys, otherKeys] = await Promise.all([
    startJwksProxy(rotated.jwksUri),
    startJwksProxy(other.jwksUri),
  ]);
  const rules = [
    jwtRule("/rotated", { url: rotated.url, jwksUri: rotatedKeys.url }),
    jwtRule("/other", { url: other.url, jwksUri: otherKeys.url }),
  ];
  gateway = await startStandaloneGateway([apiRule({ name: "rotation", rules })], upstream.port);
});
afterAll(async () => {
  await gateway?.stop();
  await Promise.all([rotatedKeys, otherKeys, rotated, other, upstream].map((server) => server?.close()));
});

function get(path: string, token: string): Promise<RawResponse> {
  const headers: [string, string][] = [
    ["host", "rotation.local.test"],
    ["authorization", `Bearer ${token}`],
  ];
  return gateway.send({ method: "GET", path, headers });
}

test.each([1, 2, 3])("rotation %i is in force within two seconds, and the old key is refused", async () => {
  const old = await rotated.token();
  await eventually(async () => expect((await get("/rotated", old)).status).toBe(200), INTERVAL_MS);
  const fetched = otherKeys.requests.length;

  await rotated.rotateKeys();
  const fresh = await rotated.token();
  const startedAt = performance.now();
  await eventually(async () => {
    expect((await get("/rotated", fresh)).status).toBe(200);
  }, ROTATION_TAKES_AT_MOST_MS);

  console.info(`the rotated key was in force after ${Math.round(performance.now() - startedAt)} ms`);
  expectRefusal(await get("/rotated", old), "key_not_found");
  expect(otherKeys.requests.length, "fetches of the issuer that did not rotate").toBe(fetched);
});

test("a flood of unknown key ids causes at most one fetch in each interval, of that issuer alone", async () => {
  const [flooded, spared] = [rotatedKeys.requests.length, otherKeys.requests.length];
  const endsAt = performance.now() + FLOOD_MS;
  let sent = 0;
  for (; performance.now() < endsAt; sent++) {
    const kid = randomBytes(8).toString("hex");
    const token = signToken(rotated, { header: { kid } });
    expectRefusal(await get("/rotated", token), "key_not_found");
  }

  const fetches = rotatedKeys.requests.slice(flooded);
  expect(sent).toBeGreaterThan(50);
  expect(fetches.length).toBeGreaterThan(0);
  expect(fetches.length).toBeLessThanOrEqual(FLOOD_MS / INTERVAL_MS + 1);
  const gaps = fetches.slice(1).map((time, index) => time - (fetches[index] ?? 0));
  expect(Math.min(...gaps)).toBeGreaterThan(INTERVAL_MS * 0.9);
  expect(otherKeys.requests.length).toBe(spared);
});

test("one unknown key id that is sent over and over asks once", async () => {
  const token = signToken(other, { header: { kid: "gone" } });
  const spared = otherKeys.requests.length;
  const endsAt = performance.now() + FLOOD_MS;
  while (performance.now() < endsAt) expectRefusal(await get("/other", token), "key_not_found");
  const workers = 2;
  expect(otherKeys.requests.length - spared).toBeGreaterThan(0);
  expect(otherKeys.requests.length - spared).toBeLessThanOrEqual(workers);
});

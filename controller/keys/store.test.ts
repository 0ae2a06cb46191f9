import { once } from "node:events";
import { createServer, type IncomingMessage, type RequestListener, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { exportJWK, generateKeyPair, type JWK } from "jose";
import { Provider } from "oidc-provider";
import { pino } from "pino";
import { afterEach, beforeAll, expect, test, vi } from "vitest";
import type { KeySource } from "../model/exposure.ts";
import { KeyStore } from "./store.ts";

const log = pino({ level: "silent" });
const jwks = (jwksUri: string): KeySource => ({ id: jwksUri, kind: "jwks", jwksUri });
const cleanups: (() => void)[] = [];
let first: JWK;
let second: JWK;

beforeAll(async () => {
  const publicJwk = async (kid: string) => ({
    ...(await exportJWK((await generateKeyPair("ES256")).publicKey)),
    kid,
  });
  first = await publicJwk("first");
  second = await publicJwk("second");
});

afterEach(() => {
  for (const cleanup of cleanups.splice(0)) cleanup();
});

async function serve(listener: RequestListener): Promise<string> {
  const server: Server = createServer(listener).listen(0, "127.0.0.1");
  await once(server, "listening");
  cleanups.push(() => {
    server.closeAllConnections();
    server.close();
  });
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

function startStore(
  source: KeySource,
  allowLoopback = true,
): { store: KeyStore; kids: () => unknown[]; changes: () => number } {
  let count = 0;
  const store = new KeyStore({ allowLoopback, intervalSeconds: 1, log });
  store.onChange(() => {
    count += 1;
  });
  cleanups.push(() => store.close());
  store.setSources([source]);
  return {
    store,
    changes: () => count,
    kids: () => (store.keys().get(source.id) ?? []).map(({ kid }) => kid),
  };
}

test("a rotation is picked up, and the ETag is used until then", async () => {
  let current = first;
  const conditions: (string | undefined)[] = [];
  const url = await serve((request: IncomingMessage, response) => {
    conditions.push(request.headers["if-none-match"]);
    const etag = `"${current.kid}"`;
    response.setHeader("etag", etag).setHeader("cache-control", "max-age=1");
    response.statusCode = request.headers["if-none-match"] === etag ? 304 : 200;
    response.end(response.statusCode === 304 ? undefined : JSON.stringify({ keys: [current] }));
  });
  const { store, kids, changes } = startStore(jwks(url));
  await store.attempted();
  expect(kids()).toEqual(["first"]);
  await vi.waitFor(() => expect(conditions).toHaveLength(2), 3000);
  current = second;
  await vi.waitFor(() => expect(kids()).toEqual(["second"]), 3000);
  expect(changes()).toBe(2);
  expect(conditions.slice(0, 2)).toEqual([undefined, '"first"']);
});

test("the last good keys outlive failures and sets without a usable key", async () => {
  let requests = 0;
  const url = await serve((_request, response) => {
    requests += 1;
    if (requests === 2) response.statusCode = 500;
    response.end(JSON.stringify({ keys: requests === 1 ? [first] : [{ kty: "oct", k: "c2VjcmV0" }] }));
  });
  const { kids } = startStore(jwks(url));
  await vi.waitFor(() => expect(requests).toBeGreaterThan(2), 5000);
  expect(kids()).toEqual(["first"]);
});

test("the keys of a source that is not named any more are dropped", async () => {
  const url = await serve((_request, response) => response.end(JSON.stringify({ keys: [first] })));
  const { store } = startStore(jwks(url));
  await store.attempted();
  store.setSources([]);
  expect([...store.keys()]).toEqual([]);
});

test("discovery at a real issuer", async () => {
  let provider: Provider | undefined;
  const issuer = await serve((request, response) => provider?.callback()(request, response));
  const { privateKey } = await generateKeyPair("RS256", { extractable: true });
  provider = new Provider(issuer, {
    jwks: { keys: [{ ...(await exportJWK(privateKey)), kid: "signing", use: "sig" }] },
  });
  const { store, kids } = startStore({ id: "discovered", kind: "discovery", issuer });
  await store.attempted();
  expect(kids()).toEqual(["signing"]);
});

test.each([
  ["of another issuer", (issuer: string) => ({ issuer: `${issuer}/`, jwks_uri: `${issuer}/jwks` })],
  ["without jwks_uri", (issuer: string) => ({ issuer })],
  ["with a file as jwks_uri", (issuer: string) => ({ issuer, jwks_uri: "file:///etc/passwd" })],
])("a discovery document %s is refused", async (_name, documentOf) => {
  const issuer: string = await serve((request, response) => {
    const document = request.url === "/jwks" ? { keys: [first] } : documentOf(issuer);
    response.end(JSON.stringify(document));
  });
  const { store, kids } = startStore({ id: "discovered", kind: "discovery", issuer });
  await store.attempted();
  expect(kids()).toEqual([]);
});

test("loopback is refused unless it is allowed", async () => {
  const url = await serve((_request, response) => response.end(JSON.stringify({ keys: [first] })));
  const { store, kids } = startStore(jwks(url), false);
  await store.attempted();
  expect(kids()).toEqual([]);
});

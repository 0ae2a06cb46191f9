/**
 * A request header that the filter has changed makes Envoy choose the route again. These are the routes that serve then,
 * where somebody else has routes on the same host.
 */
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { PluginConfig, PluginPolicy } from "../../controller/api/plugin-config.ts";
import { startUpstream, type Upstream } from "../../tools/demo/upstream.ts";
import { parseEcho } from "../conformance/answer.ts";
import { configOf, createKey, id, jwtPolicy, routeOf, signClaims } from "../filter/config.ts";
import { type Client, openClient, type RawResponse } from "../support/client.ts";
import { type FilterGateway, type FilterRoute, startFilterGateway } from "../support/filter-gateway.ts";

const FOREIGN_STATUS = 418;

const key = createKey("k", "ES256");
const token = signClaims(key, {
  iss: "https://issuer",
  exp: Math.floor(Date.now() / 1_000) + 600,
  sub: "jane",
});

const byUser: PluginPolicy = {
  ...jwtPolicy("c"),
  claimsToHeaders: [{ path: ["sub"], header: "x-user" }],
} as PluginPolicy;

/** A route of somebody else, which demands more of a request than its path. */
const foreign = (prefix: string, match: object): FilterRoute => ({
  ...{ prefix, match, name: "foreign", status: FOREIGN_STATUS },
});
const user = { name: "x-user", string_match: { exact: "jane" } };
const noUser = { name: "x-user", present_match: true, invert_match: true };
const parameter = { query_parameters: [{ name: "t", present_match: true }] };

const routes: FilterRoute[] = [
  { prefix: "/ours-first", name: routeOf("c") },
  foreign("/ours-first", { headers: [user] }),
  foreign("/ours-first", { headers: [noUser] }),
  { prefix: "/query-first", name: routeOf("d") },
  foreign("/query-first", {}),
  foreign("/with-user", { headers: [user] }),
  { prefix: "/with-user", name: routeOf("c") },
  foreign("/without-user", { headers: [noUser] }),
  { prefix: "/without-user", name: routeOf("d") },
  foreign("/with-parameter", parameter),
  { prefix: "/with-parameter", name: routeOf("d") },
];

let upstream: Upstream;
let gateway: FilterGateway;
let client: Client;

beforeAll(async () => {
  upstream = await startUpstream();
  gateway = await startFilterGateway({ routes, upstreamPort: upstream.port, config: config() });
  client = openClient(gateway.url);
});
afterAll(async () => {
  client?.close();
  await gateway?.stop();
  await upstream?.close();
});

/** Policy `c` makes a header of a claim; policy `d` takes tokens of the query alone. */
function config(): PluginConfig {
  const base = configOf([key], [byUser, { ...jwtPolicy("d"), providers: [id("e")] } as PluginPolicy]);
  const [provider] = base.providers;
  if (provider === undefined) throw new Error("no provider");
  const inQuery = { ...provider, id: id("e"), places: [{ kind: "param" as const, name: "t" }] };
  return { ...base, providers: [provider, inQuery] };
}

function send(path: string, headers: Record<string, string> = {}): Promise<RawResponse> {
  return client.send({ method: "GET", path, headers: Object.entries({ host: "test.local", ...headers }) });
}

const bearer = { authorization: `Bearer ${token}` };

describe("a route in front of all others serves what it was chosen for", () => {
  test.each([
    ["a header set", "/ours-first", bearer, "/ours-first"],
    ["a header replaced", "/ours-first", { ...bearer, "x-user": "root" }, "/ours-first"],
    ["the token cut out of the query", `/query-first?a=1&t=${token}`, {}, "/query-first?a=1"],
    ["a header removed", `/query-first?t=${token}`, { "x-user": "root" }, "/query-first"],
  ])("%s", async (_what, path, headers, expected) => {
    const response = await send(path, headers);
    expect([response.status, parseEcho(response)?.path]).toEqual([200, expected]);
  });

  test("and refuses", async () => {
    expect((await send("/ours-first", { "x-user": "jane" })).status).toBe(401);
    expect((await send("/query-first?t=bad")).status).toBe(401);
  });
});

describe("a foreign route in front", () => {
  test("serves unchecked what it matches from the start", async () => {
    expect((await send("/with-user", { "x-user": "jane" })).status).toBe(FOREIGN_STATUS);
    expect((await send("/with-parameter?t=bad")).status).toBe(FOREIGN_STATUS);
  });

  test("takes over where it matches what the filter has set or removed, after the check", async () => {
    expect((await send("/with-user")).status).toBe(401);
    expect((await send("/with-user", bearer)).status).toBe(FOREIGN_STATUS);
    expect((await send("/without-user", { "x-user": "root" })).status).toBe(401);
    expect((await send(`/without-user?t=${token}`, { "x-user": "root" })).status).toBe(FOREIGN_STATUS);
  });
});

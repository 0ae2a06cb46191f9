/** What clients and upstreams see of requests that have waited for an introspection endpoint, and of those after them. */
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import type { PluginConfig, PluginPolicy } from "../../controller/api/plugin-config.ts";
import { startUpstream, type Upstream } from "../../tools/demo/upstream.ts";
import { expectRefusal, parseEcho } from "../conformance/answer.ts";
import { configOf, id, routeOf } from "../filter/config.ts";
import { type Client, headerValues, openClient, type RawResponse } from "../support/client.ts";
import { type FilterGateway, startFilterGateway } from "../support/filter-gateway.ts";
import { type Http2Client, openHttp2Client } from "../support/http2-client.ts";
import { type IntrospectionEndpoint, startIntrospectionEndpoint } from "../support/introspection-endpoint.ts";
import { policy, servers, token } from "../support/introspection-gateway.ts";

const ORIGIN = "https://one.shop.test";
const DELAY_MS = 50;

const withCors = { cors: id("c") };
const withHeaders = { claimsToHeaders: [{ path: ["sub"], header: "x-user" }] };
const policies: PluginPolicy[] = [
  { ...policy("a", "1", ["read", "write"]), ...withCors, ...withHeaders } as PluginPolicy,
  { ...policy("b", "3", []), ...withCors } as PluginPolicy,
];
const corsPolicies: PluginConfig["corsPolicies"] = [
  {
    id: id("c"),
    allowOrigins: [{ kind: "regex", value: "https://[a-z]+\\.shop\\.test" }],
    allowCredentials: true,
    exposeHeaders: ["www-authenticate"],
  },
];

let upstream: Upstream;
let endpoint: IntrospectionEndpoint;
let gateway: FilterGateway;
let client: Client;
let http2: Http2Client;

beforeAll(async () => {
  [upstream, endpoint] = await Promise.all([startUpstream(), startIntrospectionEndpoint()]);
  gateway = await startFilterGateway({
    routes: ["a", "b"].map((digit) => ({ prefix: `/${digit}`, name: routeOf(digit) })),
    upstreamPort: upstream.port,
    clusters: { endpoint: endpoint.port, nobody: 9 },
    config: { ...configOf([], policies), introspectionServers: servers, corsPolicies },
  });
  client = openClient(gateway.url);
  http2 = openHttp2Client(gateway.url);
});
afterAll(async () => {
  client?.close();
  http2?.close();
  await gateway?.stop();
  await Promise.all([endpoint?.close(), upstream?.close()]);
});
beforeEach(() => {
  endpoint.calls.length = 0;
});

/** Has the endpoint answer each token so, a while after it was asked. */
function answer(body: object): void {
  endpoint.answer = () => ({ delayMs: DELAY_MS, body });
}

function send(bearer: string, path: string, headers: Record<string, string> = {}): Promise<RawResponse> {
  const lines = Object.entries({ host: "test.local", authorization: `Bearer ${bearer}`, ...headers });
  return client.send({ method: "GET", path, headers: lines });
}

/** Sends two requests that wait for one answer, and one that finds it in memory. */
async function sendThree(path: string, headers: Record<string, string>): Promise<RawResponse[]> {
  const bearer = token();
  const waited = await Promise.all([send(bearer, path, headers), send(bearer, path, headers)]);
  return [...waited, await send(bearer, path, headers)];
}

describe("a refusal", () => {
  test.each<[code: string, body: object, path: string, scope?: string]>([
    ["token_inactive", { active: false }, "/a"],
    ["scope_missing", { active: true, scope: "read" }, "/a", "read write"],
    ["expired", { active: true, scope: "read write", exp: 1 }, "/a"],
    ["introspection_unavailable", { active: true }, "/b"],
  ])("%s has its challenge, and CORS headers for an origin by regular expression", async (...row) => {
    const [code, body, path, scope] = row;
    answer(body);
    for (const response of await sendThree(path, { origin: ORIGIN })) {
      expectRefusal(response, code, scope);
      expect(headerValues(response.headers, "access-control-allow-origin")).toEqual([ORIGIN]);
      expect(headerValues(response.headers, "access-control-allow-credentials")).toEqual(["true"]);
      expect(headerValues(response.headers, "access-control-expose-headers")).toEqual(["www-authenticate"]);
    }
    for (const response of await sendThree(path, { origin: `${ORIGIN}.other.test` })) {
      expectRefusal(response, code, scope);
      expect(response.headers.filter(([name]) => name.startsWith("access-control-"))).toEqual([]);
    }
  });

  test.each<[status: string, message: RegExp, body: object, path: string]>([
    ["16", /not active/, { active: false }, "/a"],
    ["7", /scope/, { active: true, scope: "read" }, "/a"],
    ["14", /./, {}, "/b"],
  ])("of a gRPC call has status %s", async (status, message, body, path) => {
    answer(body);
    const bearer = token();
    const headers = { ":method": "POST", ":path": path, ":authority": "test.local", te: "trailers" };
    for (let sent = 0; sent < 2; sent++) {
      const { headers: answered, body: text } = await http2.send({
        ...headers,
        ...{ "content-type": "application/grpc", authorization: `Bearer ${bearer}` },
      });
      expect(answered).toMatchObject({
        ":status": 200,
        "content-type": "application/grpc",
        "grpc-status": status,
        "grpc-message": expect.stringMatching(message),
      });
      expect(text).toBe("");
    }
  });
});

test("each request that has waited gets the identity headers of its token, and none of its client's", async () => {
  const users: Record<string, string> = { [token()]: "jane", [token()]: "joe" };
  endpoint.answer = (bearer) => ({
    delayMs: DELAY_MS,
    body: { active: true, scope: "read write", sub: users[bearer] },
  });
  const forged = { "x-user": "root", X_User: "root" };
  const sendAll = () =>
    Promise.all(
      Object.entries(users).flatMap(([bearer, user]) =>
        Array.from({ length: 10 }, async () => {
          const seen = parseEcho(await send(bearer, "/a", forged))?.headers ?? [];
          expect(seen.filter(([name]) => /^x[-_]user$/i.test(name))).toEqual([["x-user", user]]);
        }),
      ),
    );
  await sendAll();
  expect(endpoint.calls).toHaveLength(2);
  await sendAll();
  expect(endpoint.calls).toHaveLength(2);
});

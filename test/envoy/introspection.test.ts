/** Opaque tokens (RFC 7662): the built filter in a real Envoy, before an endpoint that does what a test wants. */
import { createHash, randomBytes } from "node:crypto";
import { createServer, type IncomingMessage, request as startRequest } from "node:http";
import { type ClientHttp2Session, connect, constants } from "node:http2";
import { setTimeout as delay } from "node:timers/promises";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import type { PluginConfig, PluginPolicy } from "../../controller/api/plugin-config.ts";
import { closeServer, listenOnLoopback } from "../../tools/demo/loopback.ts";
import { expectRefusal } from "../conformance/answer.ts";
import { configOf, createKey, id, routeOf, signClaims } from "../filter/config.ts";
import { type Client, openClient, type RawResponse } from "../support/client.ts";
import { eventually } from "../support/eventually.ts";
import { type FilterGateway, startFilterGateway } from "../support/filter-gateway.ts";
import {
  type IntrospectionEndpoint,
  type Script,
  startIntrospectionEndpoint,
} from "../support/introspection-endpoint.ts";

const key = createKey("k", "RS256");
const TIMEOUT_MS = 1_000;
const server = {
  cluster: "endpoint",
  authority: "login.example.com",
  path: "/introspect",
  maxCacheSeconds: 60,
};
/** Server `1` is the scripted endpoint, `2` too, as another one; nobody listens where `3` is. */
const servers = [
  { id: id("1"), ...server, timeoutMs: TIMEOUT_MS },
  { id: id("2"), ...server, timeoutMs: TIMEOUT_MS, path: "/other", issuer: "https://other" },
  { id: id("3"), ...server, timeoutMs: TIMEOUT_MS, cluster: "nobody" },
  { id: id("4"), ...server, timeoutMs: TIMEOUT_MS, cluster: "unknown" },
  { id: id("5"), ...server, timeoutMs: TIMEOUT_MS, maxCacheSeconds: 0 },
];

function policy(
  digit: string,
  serverDigit: string,
  scopes: string[],
  audiences: string[] = [],
): PluginPolicy {
  const authorizations = [{ scopes, audiences }];
  return {
    id: id(digit),
    kind: "jwt",
    providers: [],
    authorizations: [],
    introspection: { server: id(serverDigit), authorizations },
  };
}

const policies: PluginPolicy[] = [
  policy("a", "1", ["read"]),
  policy("b", "1", ["write"], ["orders"]),
  policy("c", "2", []),
  policy("d", "3", []),
  policy("e", "4", []),
  { ...policy("f", "1", ["read"]), providers: [id("b")] } as PluginPolicy,
  policy("0", "5", []),
];
const routes = ["a", "b", "c", "d", "e", "f", "0"].map((digit) => ({
  prefix: `/${digit}`,
  name: routeOf(digit),
}));

let revisions = 0;
function config(changes: Partial<PluginConfig> = {}): PluginConfig {
  revisions++;
  const revision = revisions.toString(16).padStart(13, "0");
  return { ...configOf([key], policies, revision), introspectionServers: servers, ...changes };
}

interface BodyEcho {
  length: number;
  sha256: string;
}

let endpoint: IntrospectionEndpoint;
let gateway: FilterGateway;
let client: Client;
let upstreamRequests = 0;
const upstream = createServer({ maxHeaderSize: 65_536 }, (request, response) => {
  upstreamRequests++;
  void digest(request).then((echo) => response.end(JSON.stringify(echo)));
});

async function digest(request: IncomingMessage): Promise<BodyEcho> {
  const hash = createHash("sha256");
  let length = 0;
  for await (const chunk of request) {
    hash.update(chunk);
    length += chunk.length;
  }
  return { length, sha256: hash.digest("hex") };
}

beforeAll(async () => {
  endpoint = await startIntrospectionEndpoint();
  gateway = await startFilterGateway({
    routes,
    upstreamPort: await listenOnLoopback(upstream, 0),
    clusters: { endpoint: endpoint.port, nobody: 9 },
    config: config(),
  });
  client = openClient(gateway.url, 64);
});
afterAll(async () => {
  client?.close();
  await gateway?.stop();
  await endpoint?.close();
  await closeServer(upstream);
});
beforeEach(async () => {
  endpoint.calls.length = 0;
  upstreamRequests = 0;
  answer({ body: { active: true, scope: "read" } });
});

function answer(script: Script): void {
  endpoint.answer = () => script;
}

function token(): string {
  return randomBytes(24).toString("base64url");
}

function send(bearer: string, path = "/a"): Promise<RawResponse> {
  const headers: [string, string][] = [
    ["host", "test.local"],
    ["authorization", `Bearer ${bearer}`],
  ];
  return client.send({ method: "GET", path, headers });
}

const inSeconds = (seconds: number) => Math.floor(Date.now() / 1_000) + seconds;

test("an active token passes, and is asked for once", async () => {
  const bearer = token();
  expect((await send(bearer)).status).toBe(200);
  expect((await send(bearer)).status).toBe(200);
  expect(endpoint.calls).toHaveLength(1);
  expect(endpoint.calls[0]).toMatchObject({
    method: "POST",
    path: "/introspect",
    token: bearer,
    form: `token=${bearer}&token_type_hint=access_token`,
    headers: {
      host: "login.example.com",
      "content-type": "application/x-www-form-urlencoded",
      accept: "application/json",
    },
  });
});

test("every character of a token arrives", async () => {
  const bearer = "AZaz09-._~+/==";
  expect((await send(bearer)).status).toBe(200);
  expect(endpoint.calls[0]?.form).toBe("token=AZaz09-._%7E%2B%2F%3D%3D&token_type_hint=access_token");
});

test("an inactive token is refused, and remembered for a short time", async () => {
  answer({ body: { active: false } });
  const bearer = token();
  expectRefusal(await send(bearer), "token_inactive");
  expectRefusal(await send(bearer), "token_inactive");
  expect(endpoint.calls).toHaveLength(1);
  answer({ body: { active: true, scope: "read" } });
  await eventually(async () => expect((await send(bearer)).status).toBe(200), 10_000);
});

describe("what a policy demands", () => {
  test.each<[what: string, answer: object, path: string, code: string, scope?: string]>([
    ["a scope", { scope: "write" }, "/a", "scope_missing", "read"],
    ["a scope, none is told", {}, "/a", "scope_missing", "read"],
    ["an audience", { scope: "write", aud: ["others"] }, "/b", "audience_unexpected"],
    ["an issuer", { iss: "https://else" }, "/c", "issuer_unexpected"],
    ["an issuer, none is told", {}, "/c", "issuer_unexpected"],
    ["that it has not expired", { exp: inSeconds(-61), scope: "read" }, "/a", "expired"],
    ["that it is valid yet", { nbf: inSeconds(120), scope: "read" }, "/a", "not_yet_valid"],
  ])("%s", async (_what, body, path, code, scope) => {
    answer({ body: { active: true, ...body } });
    const bearer = token();
    expectRefusal(await send(bearer, path), code, scope);
    expectRefusal(await send(bearer, path), code, scope);
    expect(upstreamRequests).toBe(0);
  });

  test("and gets", async () => {
    answer({
      body: { active: true, scope: "read write", aud: "orders", iss: "https://other", exp: inSeconds(60) },
    });
    const bearer = token();
    for (const path of ["/a", "/b", "/c"]) expect((await send(bearer, path)).status).toBe(200);
    expect(endpoint.calls.map(({ path }) => path)).toEqual(["/introspect", "/other"]);
  });

  test("is judged anew on a remembered token", async () => {
    const bearer = token();
    expect((await send(bearer, "/a")).status).toBe(200);
    expectRefusal(await send(bearer, "/b"), "audience_unexpected");
    expect((await send(bearer, "/a")).status).toBe(200);
    expect(endpoint.calls).toHaveLength(1);
  });
});

describe("no answer", () => {
  const deep = `${"[".repeat(10_000)}${"]".repeat(10_000)}`;
  test.each<[what: string, script: Script]>([
    ["nothing", { body: "" }],
    ["text", { body: "active" }],
    ["HTML", { body: "<html></html>" }],
    ["an array", { body: [{ active: true }] }],
    ["no member `active`", { body: { scope: "read" } }],
    ['"true"', { body: { active: "true", scope: "read" } }],
    ["1", { body: { active: 1, scope: "read" } }],
    ["null", { body: { active: null, scope: "read" } }],
    ["[true]", { body: { active: [true], scope: "read" } }],
    ["a member twice", { body: '{"active":true,"scope":"read","scope":"read"}' }],
    ["active twice", { body: '{"active":false,"active":true,"scope":"read"}' }],
    ["active twice, escaped", { body: '{"active":true,"\\u0061ctive":true,"scope":"read"}' }],
    ["something behind it", { body: '{"active":true,"scope":"read"} true' }],
    ["half of it", { body: '{"active":true,"scope":"read"' }],
    ["a deep one", { body: `{"active":true,"scope":"read","x":${deep}}` }],
    ["a large one", { body: { active: true, scope: "read", x: "x".repeat(33_000) } }],
    ["a very large one", { body: { active: true, scope: "read", x: "x".repeat(2_000_000) } }],
    ["a wrong exp", { body: { active: true, scope: "read", exp: "tomorrow" } }],
    ["201", { status: 201, body: { active: true, scope: "read" } }],
    ["204", { status: 204, body: "" }],
    ["302", { status: 302, body: { active: true, scope: "read" } }],
    ["400", { status: 400, body: { active: true, scope: "read" } }],
    ["401", { status: 401, body: { error: "invalid_client" } }],
    ["500", { status: 500, body: { active: true, scope: "read" } }],
    ["nothing in time", { delayMs: TIMEOUT_MS * 2, body: { active: true, scope: "read" } }],
    ["a closed connection", { hangUp: true, body: "" }],
  ])("is %s", async (_what, script) => {
    answer(script);
    const bearer = token();
    expectRefusal(await send(bearer), "introspection_unavailable");
    expect(upstreamRequests).toBe(0);
    answer({ body: { active: true, scope: "read" } });
    expect((await send(bearer)).status).toBe(200);
  });

  test("comes from a port where nobody listens, or from an unknown cluster", async () => {
    expectRefusal(await send(token(), "/d"), "introspection_unavailable");
    expectRefusal(await send(token(), "/e"), "introspection_unavailable");
  });
});

test.each(["a b", "a\tb", '"a"', "=", "a=b", "\u00e4", "a;b", "a%2Bb"])(
  "%j is no token, and nobody is asked",
  async (bearer) => {
    expectRefusal(await send(bearer), "token_malformed");
    expect(endpoint.calls).toHaveLength(0);
  },
);

test("two tokens in one header are ambiguous", async () => {
  expectRefusal(await send(`${token()},Bearer ${token()}`), "credentials_ambiguous");
});

test("a token that is too large is refused", async () => {
  expectRefusal(await send("x".repeat(16_385)), "token_too_large");
  expect((await send("x".repeat(16_384))).status).toBe(200);
});

describe("requests with one token", () => {
  test("share a call", async () => {
    answer({ delayMs: 300, body: { active: true, scope: "read" } });
    const bearer = token();
    const responses = await Promise.all(
      Array.from({ length: 40 }, (_, at) => send(bearer, at % 2 ? "/a" : "/b")),
    );
    expect(endpoint.calls).toHaveLength(1);
    for (const [at, response] of responses.entries()) {
      if (at % 2) expect(response.status).toBe(200);
      else expectRefusal(response, "audience_unexpected");
    }
  });

  test("share none with another server", async () => {
    answer({ delayMs: 200, body: { active: true, scope: "read", iss: "https://else" } });
    const bearer = token();
    const [one, other] = await Promise.all([send(bearer, "/a"), send(bearer, "/c")]);
    expect(one?.status).toBe(200);
    expectRefusal(other as RawResponse, "issuer_unexpected");
    expect(endpoint.calls).toHaveLength(2);
  });

  test("are answered when the one that came first has gone", async () => {
    answer({ delayMs: 500, body: { active: true, scope: "read" } });
    const bearer = token();
    const first = abandoned(bearer);
    await eventually(async () => expect(endpoint.calls).toHaveLength(1), 5_000);
    const others = Promise.all(Array.from({ length: 5 }, () => send(bearer)));
    await delay(100);
    first.destroy();
    expect((await others).map(({ status }) => status)).toEqual([200, 200, 200, 200, 200]);
    expect(endpoint.calls).toHaveLength(1);
  });
});

test("a client that goes away leaves nothing behind", async () => {
  answer({ delayMs: 200, body: { active: true, scope: "read" } });
  const bearers = Array.from({ length: 50 }, token);
  const requests = bearers.map(abandoned);
  await eventually(async () => expect(endpoint.calls).toHaveLength(50), 5_000);
  for (const each of requests) each.destroy();
  await delay(400);
  expect(upstreamRequests).toBe(0);
  answer({ status: 500, body: "" });
  for (const bearer of bearers) expect((await send(bearer)).status).toBe(200);
  expect(endpoint.calls).toHaveLength(50);
});

/** A request whose client may go away. */
function abandoned(bearer: string) {
  const headers = { authorization: `Bearer ${bearer}` };
  const request = startRequest(`${gateway.url}/a`, { headers, agent: false });
  request.on("error", () => {});
  request.end();
  return request;
}

test.each([
  ["at once", 0, false],
  ["at once, of unknown length", 0, true],
  ["in pieces while the answer is awaited", 5, true],
])("a body of 1 MiB sent %s arrives whole", async (_how, pauseMs, chunked) => {
  answer({ delayMs: 400, body: { active: true, scope: "read" } });
  const body = randomBytes(1_048_576);
  const response = await post(body, pauseMs, chunked);
  expect(response).toEqual({ length: body.length, sha256: createHash("sha256").update(body).digest("hex") });
});

async function post(body: Buffer, pauseMs: number, chunked: boolean): Promise<BodyEcho> {
  const headers = {
    authorization: `Bearer ${token()}`,
    ...(chunked ? { "transfer-encoding": "chunked" } : { "content-length": body.length }),
  };
  const request = startRequest(`${gateway.url}/a`, { method: "POST", headers, agent: false });
  const response = new Promise<IncomingMessage>((resolve, reject) => {
    request.on("response", resolve);
    request.on("error", reject);
  });
  for (let at = 0; at < body.length; at += 16_384) {
    request.write(body.subarray(at, at + 16_384));
    if (pauseMs > 0) await delay(pauseMs);
  }
  request.end();
  let text = "";
  for await (const chunk of await response) text += chunk;
  return JSON.parse(text) as BodyEcho;
}

describe("a configuration that changes while the answer is awaited", () => {
  test("is the one that decides", async () => {
    answer({ delayMs: 700, body: { active: true, scope: "read" } });
    const bearer = token();
    const waiting = [send(bearer, "/a"), send(bearer, "/b")];
    await eventually(async () => expect(endpoint.calls).toHaveLength(1), 5_000);
    await gateway.configure(config({ policies: policies.filter((each) => each.id !== id("b")) }));
    const [kept, dropped] = await Promise.all(waiting);
    expect(kept?.status).toBe(200);
    expectRefusal(dropped as RawResponse, "policy_unknown");
    await gateway.configure(config());
  });

  test("without the server: refused at once", async () => {
    answer({ delayMs: 900, body: { active: true, scope: "read" } });
    const waiting = send(token());
    await eventually(async () => expect(endpoint.calls).toHaveLength(1), 5_000);
    const keepsPolicy = { ...policy("a", "2", []) };
    await gateway.configure(config({ policies: [keepsPolicy], introspectionServers: servers.slice(1) }));
    expectRefusal(await waiting, "introspection_unavailable");
    await gateway.configure(config());
  });

  test("leaves no request waiting when the streams of the one before have gone", async () => {
    answer({ delayMs: 900, body: { active: true, scope: "read" } });
    const bearer = token();
    const first = abandoned(bearer);
    await eventually(async () => expect(endpoint.calls).toHaveLength(1), 5_000);
    await gateway.configure(config());
    const second = send(bearer);
    await delay(50);
    first.destroy();
    await gateway.configure(config());
    expect((await second).status).toBeLessThan(600);
    await gateway.configure(config());
  });
});

describe("beside JWTs", () => {
  const issuer = "https://issuer";

  test("a JWT of the policy's issuer is verified, and nobody is asked", async () => {
    const bearer = signClaims(key, { iss: issuer, exp: inSeconds(60) });
    expect((await send(bearer, "/f")).status).toBe(200);
    expect((await send(bearer, "/f")).status).toBe(200);
    expectRefusal(await send(`${bearer.slice(0, -8)}AAAAAAAA`, "/f"), "signature_mismatch");
    expectRefusal(await send(signClaims(key, { iss: issuer, exp: 1 }), "/f"), "expired");
    const header = { jwk: { kty: "RSA" } };
    expectRefusal(await send(signClaims(key, { iss: issuer }, header), "/f"), "header_invalid");
    expect(endpoint.calls).toHaveLength(0);
  });

  test.each([
    ["an opaque token", token()],
    ["a JWT of another issuer", signClaims(key, { iss: "https://else" })],
    ["a JWT without issuer", signClaims(key, { sub: "me" })],
    ["three parts that are no JSON", "abc.def.ghi"],
    ["a JWE", "a.b.c.d.e"],
  ])("%s is asked for", async (_what, bearer) => {
    expect((await send(bearer, "/f")).status).toBe(200);
    expect((await send(bearer, "/f")).status).toBe(200);
    expect(endpoint.calls.map((call) => call.token)).toEqual([bearer]);
  });

  test("a JWT is asked for where the policy has no provider", async () => {
    const bearer = signClaims(key, { iss: issuer, exp: inSeconds(60) });
    expect((await send(bearer, "/f")).status).toBe(200);
    expect(endpoint.calls).toHaveLength(0);
    expect((await send(bearer, "/a")).status).toBe(200);
    expect(endpoint.calls).toHaveLength(1);
  });
});

test("clients that go while answers come and configurations change trap nothing, and leave none waiting", async () => {
  endpoint.answer = (bearer) => {
    const body = { active: bearer.charCodeAt(0) % 4 === 0, scope: "read" };
    return { delayMs: Math.random() * 15, body };
  };
  const until = Date.now() + 4_000;
  const statuses = new Set<number>();
  const sendAll = async () => {
    let session = openSession();
    while (Date.now() < until) {
      if (session.closed) session = openSession();
      const bearers = Array.from({ length: 8 }, token);
      const requests = Array.from({ length: 40 }, (_, at) => raced(session, bearers[at % 8] as string));
      for (const status of await Promise.all(requests)) if (status !== undefined) statuses.add(status);
    }
    session.destroy();
  };
  const changeAll = async () => {
    while (Date.now() < until) await gateway.configure(config());
  };
  await Promise.all([sendAll(), sendAll(), sendAll(), sendAll(), changeAll()]);
  for (const status of [200, 401]) expect(statuses).toContain(status);
  for (const status of statuses) expect([200, 401, 503]).toContain(status);
  answer({ body: { active: true, scope: "read" } });
  await eventually(async () => expect((await send(token())).status).toBe(200), 10_000);
});

/** Envoy closes the session of a client that takes back too many requests. */
function openSession(): ClientHttp2Session {
  const session = connect(gateway.url);
  session.on("error", () => {});
  return session;
}

/** The status of a request that its client, in half of all cases, takes back about the time of its answer. */
function raced(session: ClientHttp2Session, bearer: string): Promise<number | undefined> {
  return new Promise((resolve, reject) => {
    const stream = session.request({ ":path": "/a", authorization: `Bearer ${bearer}` });
    let status: number | undefined;
    if (Math.random() < 0.5) setTimeout(() => stream.close(constants.NGHTTP2_CANCEL), Math.random() * 20);
    const tooLong = setTimeout(() => reject(new Error("a request waits for ever")), 10_000);
    stream.on("response", (headers) => {
      status = headers[":status"];
    });
    stream.on("error", () => {});
    stream.on("close", () => {
      clearTimeout(tooLong);
      resolve(status);
    });
    stream.resume();
  });
}

test("an answer is remembered until exp, and not at all where the server says so", async () => {
  answer({ body: { active: true, scope: "read", exp: inSeconds(2) } });
  const bearer = token();
  expect((await send(bearer)).status).toBe(200);
  await delay(2_500);
  answer({ body: { active: false } });
  expectRefusal(await send(bearer), "token_inactive");

  answer({ body: { active: true } });
  const other = token();
  for (let sent = 0; sent < 3; sent++) expect((await send(other, "/0")).status).toBe(200);
  expect(endpoint.calls.filter((call) => call.token === other)).toHaveLength(3);
});

test("an endpoint that is down is left alone for a while, and then tried", async () => {
  answer({ status: 503, body: "" });
  const opened = await gateway.counter("wasmcustom.tollgate.introspection.circuit_opened");
  for (let sent = 0; sent < 20; sent++) expectRefusal(await send(token()), "introspection_unavailable");
  expect(endpoint.calls.length).toBe(5);
  await eventually(async () => {
    expect(await gateway.counter("wasmcustom.tollgate.introspection.circuit_opened")).toBe(opened + 1);
  }, 10_000);
  await gateway.configure(config());
  for (let sent = 0; sent < 5; sent++) expectRefusal(await send(token()), "introspection_unavailable");
  expect(endpoint.calls.length).toBe(5);

  await delay(5_100);
  const probes = await Promise.all(Array.from({ length: 5 }, () => send(token())));
  expect(endpoint.calls.length).toBe(6);
  for (const probe of probes) expectRefusal(probe, "introspection_unavailable");
  answer({ body: { active: true, scope: "read" } });
  await delay(5_100);
  await eventually(async () => expect((await send(token())).status).toBe(200), 2_000);
  expect((await send(token())).status).toBe(200);
});

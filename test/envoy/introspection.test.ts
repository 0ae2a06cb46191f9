/** Opaque tokens (RFC 7662): what becomes of an endpoint's answers. */
import { setTimeout as delay } from "node:timers/promises";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { expectRefusal } from "../conformance/answer.ts";
import { signClaims } from "../filter/config.ts";
import { eventually } from "../support/eventually.ts";
import type { Script } from "../support/introspection-endpoint.ts";
import {
  config,
  type IntrospectionGateway,
  inSeconds,
  key,
  startIntrospectionGateway,
  TIMEOUT_MS,
  token,
} from "../support/introspection-gateway.ts";

let gateway: IntrospectionGateway;
beforeAll(async () => {
  gateway = await startIntrospectionGateway();
});
afterAll(() => gateway?.stop());
beforeEach(() => gateway.reset());

test("an active token passes, and is asked for once", async () => {
  const bearer = token();
  expect((await gateway.send(bearer)).status).toBe(200);
  expect((await gateway.send(bearer)).status).toBe(200);
  expect(gateway.endpoint.calls).toHaveLength(1);
  expect(gateway.endpoint.calls[0]).toMatchObject({
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
  expect((await gateway.send(bearer)).status).toBe(200);
  expect(gateway.endpoint.calls[0]?.form).toBe("token=AZaz09-._%7E%2B%2F%3D%3D&token_type_hint=access_token");
});

test("an inactive token is refused, and remembered for a short time", async () => {
  gateway.answer({ body: { active: false } });
  const bearer = token();
  expectRefusal(await gateway.send(bearer), "token_inactive");
  expectRefusal(await gateway.send(bearer), "token_inactive");
  expect(gateway.endpoint.calls).toHaveLength(1);
  gateway.answer({ body: { active: true, scope: "read" } });
  await eventually(async () => expect((await gateway.send(bearer)).status).toBe(200), 10_000);
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
    gateway.answer({ body: { active: true, ...body } });
    const bearer = token();
    expectRefusal(await gateway.send(bearer, path), code, scope);
    expectRefusal(await gateway.send(bearer, path), code, scope);
    expect(gateway.upstreamRequests()).toBe(0);
  });

  test("and gets", async () => {
    gateway.answer({
      body: { active: true, scope: "read write", aud: "orders", iss: "https://other", exp: inSeconds(60) },
    });
    const bearer = token();
    for (const path of ["/a", "/b", "/c"]) expect((await gateway.send(bearer, path)).status).toBe(200);
    expect(gateway.endpoint.calls.map(({ path }) => path)).toEqual(["/introspect", "/other"]);
  });

  test("is judged anew on a remembered token", async () => {
    const bearer = token();
    expect((await gateway.send(bearer, "/a")).status).toBe(200);
    expectRefusal(await gateway.send(bearer, "/b"), "audience_unexpected");
    expect((await gateway.send(bearer, "/a")).status).toBe(200);
    expect(gateway.endpoint.calls).toHaveLength(1);
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
    gateway.answer(script);
    const bearer = token();
    expectRefusal(await gateway.send(bearer), "introspection_unavailable");
    expect(gateway.upstreamRequests()).toBe(0);
    gateway.answer({ body: { active: true, scope: "read" } });
    expect((await gateway.send(bearer)).status).toBe(200);
  });

  test("comes from a port where nobody listens, or from an unknown cluster", async () => {
    expectRefusal(await gateway.send(token(), "/d"), "introspection_unavailable");
    expectRefusal(await gateway.send(token(), "/e"), "introspection_unavailable");
  });
});

test.each(["a b", "a\tb", '"a"', "=", "a=b", "\u00e4", "a;b", "a%2Bb"])(
  "%j is no token, and nobody is asked",
  async (bearer) => {
    expectRefusal(await gateway.send(bearer), "token_malformed");
    expect(gateway.endpoint.calls).toHaveLength(0);
  },
);

test("two tokens in one header are ambiguous", async () => {
  expectRefusal(await gateway.send(`${token()},Bearer ${token()}`), "credentials_ambiguous");
});

test("a token that is too large is refused", async () => {
  expectRefusal(await gateway.send("x".repeat(16_385)), "token_too_large");
  expect((await gateway.send("x".repeat(16_384))).status).toBe(200);
});

describe("beside JWTs", () => {
  const issuer = "https://issuer";

  test("a JWT of the policy's issuer is verified, and nobody is asked", async () => {
    const bearer = signClaims(key, { iss: issuer, exp: inSeconds(60) });
    expect((await gateway.send(bearer, "/f")).status).toBe(200);
    expect((await gateway.send(bearer, "/f")).status).toBe(200);
    expectRefusal(await gateway.send(`${bearer.slice(0, -8)}AAAAAAAA`, "/f"), "signature_mismatch");
    expectRefusal(await gateway.send(signClaims(key, { iss: issuer, exp: 1 }), "/f"), "expired");
    const header = { jwk: { kty: "RSA" } };
    expectRefusal(await gateway.send(signClaims(key, { iss: issuer }, header), "/f"), "header_invalid");
    expect(gateway.endpoint.calls).toHaveLength(0);
  });

  test.each([
    ["an opaque token", token()],
    ["a JWT of another issuer", signClaims(key, { iss: "https://else" })],
    ["a JWT without issuer", signClaims(key, { sub: "me" })],
    ["three parts that are no JSON", "abc.def.ghi"],
    ["a JWE", "a.b.c.d.e"],
  ])("%s is asked for", async (_what, bearer) => {
    expect((await gateway.send(bearer, "/f")).status).toBe(200);
    expect((await gateway.send(bearer, "/f")).status).toBe(200);
    expect(gateway.endpoint.calls.map((call) => call.token)).toEqual([bearer]);
  });

  test("a JWT is asked for where the policy has no provider", async () => {
    const bearer = signClaims(key, { iss: issuer, exp: inSeconds(60) });
    expect((await gateway.send(bearer, "/f")).status).toBe(200);
    expect(gateway.endpoint.calls).toHaveLength(0);
    expect((await gateway.send(bearer, "/a")).status).toBe(200);
    expect(gateway.endpoint.calls).toHaveLength(1);
  });
});

test("an answer is remembered until exp, and not at all where the server says so", async () => {
  gateway.answer({ body: { active: true, scope: "read", exp: inSeconds(2) } });
  const bearer = token();
  expect((await gateway.send(bearer)).status).toBe(200);
  await delay(2_500);
  gateway.answer({ body: { active: false } });
  expectRefusal(await gateway.send(bearer), "token_inactive");

  gateway.answer({ body: { active: true } });
  const other = token();
  for (let sent = 0; sent < 3; sent++) expect((await gateway.send(other, "/0")).status).toBe(200);
  expect(gateway.endpoint.calls.filter((call) => call.token === other)).toHaveLength(3);
});

test("an endpoint that is down is left alone for a while, and then tried", async () => {
  gateway.answer({ status: 503, body: "" });
  const opened = await gateway.counter("wasmcustom.tollgate.introspection.circuit_opened");
  for (let sent = 0; sent < 20; sent++)
    expectRefusal(await gateway.send(token()), "introspection_unavailable");
  expect(gateway.endpoint.calls.length).toBe(5);
  await eventually(async () => {
    expect(await gateway.counter("wasmcustom.tollgate.introspection.circuit_opened")).toBe(opened + 1);
  }, 10_000);
  await gateway.configure(config());
  for (let sent = 0; sent < 5; sent++)
    expectRefusal(await gateway.send(token()), "introspection_unavailable");
  expect(gateway.endpoint.calls.length).toBe(5);

  await delay(5_100);
  const probes = await Promise.all(Array.from({ length: 5 }, () => gateway.send(token())));
  expect(gateway.endpoint.calls.length).toBe(6);
  for (const probe of probes) expectRefusal(probe, "introspection_unavailable");
  gateway.answer({ body: { active: true, scope: "read" } });
  await delay(5_100);
  await eventually(async () => expect((await gateway.send(token())).status).toBe(200), 2_000);
  expect((await gateway.send(token())).status).toBe(200);
});

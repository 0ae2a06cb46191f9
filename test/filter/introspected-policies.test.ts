/** What a policy demands and passes on, of tokens that are introspected: when the answer comes, and from memory. */
import { randomBytes } from "node:crypto";
import { beforeEach, describe, expect, test } from "vitest";
import { LIMITS } from "../../controller/api/limits.ts";
import type { PluginConfig, PluginPolicy } from "../../controller/api/plugin-config.ts";
import { configOf, id, routeOf } from "./config.ts";
import { type HostStream, WasmHost } from "./wasm-host.ts";

const claimsToHeaders = [{ path: ["realm", "user"], header: "x-user" }];
const requiredClaims = [{ path: ["tenant"], values: ["acme", 7] }];

let host: WasmHost;
beforeEach(() => {
  host = new WasmHost();
  host.clusters.add("endpoint");
});

/** Policy `a` introspects; policy `d` lets everybody through. */
function configure(changes: object, claims?: object[]): void {
  const authorizations = claims === undefined ? [] : [{ scopes: [], audiences: [], claims }];
  const policy = {
    ...{ id: id("a"), kind: "jwt", providers: [], authorizations: [] },
    ...{ introspection: { server: id("1"), authorizations }, ...changes },
  } as PluginPolicy;
  const config: PluginConfig = configOf([], [policy, { id: id("d"), kind: "open" }]);
  const server = {
    cluster: "endpoint",
    authority: "login",
    path: "/",
    timeoutMs: 2_000,
    maxCacheSeconds: 60,
  };
  expect(host.configure({ ...config, introspectionServers: [{ id: id("1"), ...server }] })).toBe(true);
}

function send(token: string, headers: Record<string, string> = {}, policy = "a"): HostStream {
  return host.send({ route: routeOf(policy), headers: { authorization: `Bearer ${token}`, ...headers } });
}

function answer(body: object): void {
  const call = host.calls.at(-1);
  if (call === undefined) throw new Error("no call");
  host.endCall(call, { status: 200, body: JSON.stringify({ active: true, ...body }) });
}

function verdict({ passed, response }: HostStream): string {
  if (response === undefined) return passed ? "allowed" : "waiting";
  return JSON.parse(response.body).code;
}

const token = () => randomBytes(16).toString("hex");

/** The verdicts on a token that is answered so: when the answer comes, and from memory. */
function verdicts(body: object): string[] {
  const bearer = token();
  const [first, second] = [send(bearer), send(bearer)];
  answer(body);
  return [first, second, send(bearer)].map(verdict);
}

const three = (code: string) => [code, code, code];

test.each<[body: object, code: string]>([
  [{ tenant: "acme" }, "allowed"],
  [{ tenant: ["x", 7] }, "allowed"],
  [{ tenant: "7" }, "claim_missing"],
  [{ tenant: "x" }, "claim_missing"],
  [{}, "claim_missing"],
])("%j against a required claim is %s", (body, code) => {
  configure({}, requiredClaims);
  expect(verdicts(body)).toEqual(three(code));
});

test.each<[clockSkewSeconds: number, body: object, code: string]>([
  [0, { exp: 1_800_000_000 }, "expired"],
  [0, { exp: 1_800_000_001 }, "allowed"],
  [0, { nbf: 1_800_000_001 }, "not_yet_valid"],
  [600, { exp: 1_799_999_401 }, "allowed"],
  [600, { exp: 1_799_999_400 }, "expired"],
  [600, { nbf: 1_800_000_600 }, "allowed"],
  [600, { nbf: 1_800_000_601 }, "not_yet_valid"],
])("with a clock skew of %i s, %j is %s", (clockSkewSeconds, body, code) => {
  configure({ clockSkewSeconds });
  const bearer = token();
  const stream = send(bearer);
  answer(body);
  expect(verdict(stream)).toBe(code);
});

test("a token that never expires is refused where exp is required", () => {
  configure({ requireExp: true });
  expect(verdicts({})).toEqual(three("exp_missing"));
  expect(verdicts({ exp: 1_800_000_060 })).toEqual(three("allowed"));
});

describe("identity headers", () => {
  const forged = { "x-user": "root", x_user: "root" };
  const seen = ({ headers }: HostStream) => [headers.get("x-user"), headers.get("x_user")];

  test("are set for every request that has waited, and from memory", () => {
    configure({ claimsToHeaders });
    const [jane, joe] = [token(), token()];
    const janes = [send(jane, forged), send(jane)];
    const joes = [send(joe, forged)];
    const call = host.calls[0];
    if (call === undefined) throw new Error("no call");
    answer({ realm: { user: "joe" } });
    host.endCall(call, { status: 200, body: '{"active":true,"realm":{"user":"jane"}}' });
    janes.push(send(jane, forged));
    joes.push(send(joe, forged));
    expect(janes.map(seen)).toEqual(Array(3).fill(["jane", undefined]));
    expect(joes.map(seen)).toEqual(Array(2).fill(["joe", undefined]));
    expect([...janes, ...joes].map(verdict)).toEqual(Array(5).fill("allowed"));
  });

  test("go where the token has no such claim, and are never left for the next request", () => {
    configure({ claimsToHeaders });
    const bearer = token();
    const stream = send(bearer, forged);
    const other = send(token(), forged);
    answer({ realm: { user: "jane" } });
    answer({});
    expect([seen(stream), seen(other)]).toEqual([
      [undefined, undefined],
      ["jane", undefined],
    ]);
    expect(seen(send(token(), forged, "d"))).toEqual([undefined, undefined]);
  });

  test("that no header can hold refuse the request", () => {
    configure({ claimsToHeaders });
    expect(verdicts({ realm: { user: "a\nb" } })).toEqual(three("claim_unusable"));
  });

  test("of clients go in shadow mode too, where no request waits for better ones", () => {
    configure({ claimsToHeaders, shadow: true }, requiredClaims);
    const bearer = token();
    const stream = send(bearer, forged);
    expect([verdict(stream), ...seen(stream)]).toEqual(["allowed", undefined, undefined]);
    answer({ tenant: "acme", realm: { user: "jane" } });
    const remembered = send(bearer, forged);
    expect([verdict(remembered), ...seen(remembered)]).toEqual(["allowed", "jane", undefined]);
    expect(seen(stream)).toEqual([undefined, undefined]);
  });

  test("of a token that does not suffice are not set in shadow mode", () => {
    configure({ claimsToHeaders, shadow: true }, requiredClaims);
    const bearer = token();
    send(bearer);
    answer({ tenant: "x", realm: { user: "jane" } });
    const remembered = send(bearer, forged);
    expect([verdict(remembered), ...seen(remembered)]).toEqual(["allowed", undefined, undefined]);
    expect(host.metric("tollgate.apirule.default/httpbin.shadow_denied.claim_missing")).toBe(2n);
  });

  test("of thousands of large requests that one answer lets go take no memory from each", () => {
    configure({ claimsToHeaders });
    const bearer = token();
    const before = host.memoryBytes;
    const large = { "x-large": "x".repeat(30_000) };
    const streams = Array.from({ length: LIMITS.maxWaitingRequests }, () => send(bearer, large));
    answer({ realm: { user: "jane" } });
    expect(new Set(streams.map(({ headers }) => headers.get("x-user")))).toEqual(new Set(["jane"]));
    expect(host.memoryBytes - before).toBeLessThan(4_000_000);
  });
});

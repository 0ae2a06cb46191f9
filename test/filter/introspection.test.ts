/** What a real Envoy cannot be made to show of introspection: limits, clocks, and answers of any bytes. */
import { randomBytes } from "node:crypto";
import fc from "fast-check";
import { beforeEach, describe, expect, test } from "vitest";
import { LIMITS } from "../../controller/api/limits.ts";
import type { PluginConfig, PluginPolicy } from "../../controller/api/plugin-config.ts";
import { configOf, createKey, id, routeOf, signClaims } from "./config.ts";
import { type HostCall, type HostStream, WasmHost } from "./wasm-host.ts";

const key = createKey("k", "RS256");
const TIMEOUT_MS = 2_000;

const opaque: PluginPolicy = {
  id: id("a"),
  kind: "jwt",
  providers: [],
  authorizations: [],
  introspection: { server: id("1"), authorizations: [{ scopes: ["read"], audiences: [] }] },
};

let revisions = 0;
function config(changes: Partial<PluginConfig> = {}): PluginConfig {
  revisions++;
  return {
    ...configOf([key], [opaque], revisions.toString(16).padStart(13, "0")),
    introspectionServers: [
      {
        id: id("1"),
        cluster: "endpoint",
        authority: "login.example.com",
        path: "/introspect",
        timeoutMs: TIMEOUT_MS,
        maxCacheSeconds: 60,
      },
    ],
    ...changes,
  };
}

let host: WasmHost;
beforeEach(() => {
  host = new WasmHost();
  host.clusters.add("endpoint");
  expect(host.configure(config())).toBe(true);
});

function send(token: string): HostStream {
  return host.send({ route: routeOf("a"), headers: { authorization: `Bearer ${token}` } });
}

function verdict({ passed, response }: HostStream): string {
  if (response === undefined) return passed ? "allowed" : "waiting";
  return passed ? "allowed and refused" : JSON.parse(response.body).code;
}

function lastCall(): HostCall {
  const call = host.calls.at(-1);
  if (call === undefined) throw new Error("no call");
  return call;
}

function answer(body: object | string, call = lastCall()): void {
  host.endCall(call, { status: 200, body: typeof body === "string" ? body : JSON.stringify(body) });
}

const active = { active: true, scope: "read" };
const token = () => randomBytes(16).toString("hex");
const count = (name: string) => host.metric(`tollgate.introspection.${name}`);

test("requests with one token wait for one call, and those that have gone are left out", () => {
  const bearer = token();
  const streams = [send(bearer), send(bearer), send(bearer)];
  expect(streams.map(verdict)).toEqual(["waiting", "waiting", "waiting"]);
  expect(host.calls).toMatchObject([{ cluster: "endpoint", timeoutMs: TIMEOUT_MS }]);
  host.close(streams[1] as HostStream);
  answer(active);
  expect(streams.map(verdict)).toEqual(["allowed", "waiting", "allowed"]);
  expect(verdict(send(bearer))).toBe("allowed");
  expect([count("calls"), count("cache_hits"), count("failures")]).toEqual([1n, 1n, 0n]);
  expect(host.metric("tollgate.apirule.default/httpbin.allowed")).toBe(3n);
});

describe("a token counts where its place is", () => {
  const places = [{ kind: "cookie" as const, name: "session" }];
  const introspection = { server: id("1"), places, authorizations: [] };
  const sendWith = (headers: Record<string, string>) => verdict(host.send({ route: routeOf("a"), headers }));
  const jwt = signClaims(key, { iss: "https://issuer", exp: 1_800_000_100 });

  test("that of introspection, where the policy has nothing else", () => {
    host.configure(config({ policies: [{ ...opaque, introspection } as PluginPolicy] }));
    expect(sendWith({ authorization: `Bearer ${token()}` })).toBe("token_missing");
    expect(sendWith({ cookie: `session=${token()}` })).toBe("waiting");
  });

  test("or that of a provider beside it", () => {
    host.configure(
      config({ policies: [{ ...opaque, providers: [id("b")], introspection } as PluginPolicy] }),
    );
    expect(sendWith({ authorization: `Bearer ${jwt}` })).toBe("allowed");
    expect(sendWith({ authorization: `Bearer ${token()}` })).toBe("token_malformed");
    expect(host.calls).toHaveLength(0);
    expect(sendWith({ cookie: `session=${jwt}` })).toBe("waiting");
    expect(sendWith({ cookie: `session=${token()}` })).toBe("waiting");
    expect(host.calls).toHaveLength(2);
  });
});

test("a rule in shadow mode lets nobody wait, and counts when the answer is there", () => {
  host.configure(config({ policies: [{ ...opaque, shadow: true } as PluginPolicy] }));
  const inactive = token();
  expect([send(inactive), send(inactive), send(token())].map(verdict)).toEqual(Array(3).fill("allowed"));
  const counter = (name: string) => host.metric(`tollgate.apirule.default/httpbin.${name}`);
  expect([counter("allowed"), counter("shadow_denied.token_inactive")]).toEqual([0n, 0n]);
  answer(active);
  expect([counter("allowed"), counter("shadow_denied.token_inactive")]).toEqual([1n, 0n]);
  answer({ active: false });
  expect([counter("allowed"), counter("shadow_denied.token_inactive")]).toEqual([3n, 2n]);
  expect(verdict(send(inactive))).toBe("allowed");
  expect(counter("shadow_denied.token_inactive")).toBe(3n);
});

describe("there are limits", () => {
  test("to the calls under way", () => {
    const waiting = Array.from({ length: LIMITS.maxPendingIntrospections }, () => send(token()));
    expect(host.calls).toHaveLength(LIMITS.maxPendingIntrospections);
    expect(verdict(send(token()))).toBe("introspection_unavailable");
    answer(active);
    expect(waiting.map(verdict).filter((each) => each === "allowed")).toHaveLength(1);
    expect(verdict(send(token()))).toBe("waiting");
  });

  test("to the requests that wait", () => {
    const bearer = token();
    const waiting = Array.from({ length: LIMITS.maxWaitingRequests }, () => send(bearer));
    expect(verdict(send(bearer))).toBe("introspection_unavailable");
    answer(active);
    expect(new Set(waiting.map(verdict))).toEqual(new Set(["allowed"]));
    expect(verdict(send(token()))).toBe("waiting");
  });

  test("to what is remembered: a flood of inactive tokens drives out no active one", () => {
    const bearer = token();
    send(bearer);
    answer(active);
    for (let sent = 0; sent < 5_000; sent++) {
      send(token());
      answer({ active: false });
    }
    expect(verdict(send(bearer))).toBe("allowed");
  });

  test("to memory", () => {
    const flood = (requests: number) => {
      for (let sent = 0; sent < requests; sent++) {
        const stream = send(randomBytes(20 + (sent % 2_000)).toString("hex"));
        if (sent % 3 === 0) host.close(stream);
        if (sent % 5 === 0) host.endCall(lastCall());
        else answer(sent % 2 === 0 ? active : { active: false });
        if (sent % 1_000 === 0) host.configure(config());
        host.close(stream);
        host.now += 6;
      }
    };
    flood(20_000);
    const before = host.memoryBytes;
    flood(20_000);
    expect(host.memoryBytes).toBe(before);
  });
});

describe("an answer is remembered", () => {
  test.each([
    ["as long as the server allows", active, 60],
    ["until exp", { ...active, exp: 1_800_000_010 }, 10],
    ["for a short time where the token is not active", { active: false }, LIMITS.inactiveTokenCacheSeconds],
  ])("%s", (_how, body, seconds) => {
    const bearer = token();
    send(bearer);
    answer(body);
    host.now += seconds - 0.001;
    expect(verdict(send(bearer))).toBe(body.active ? "allowed" : "token_inactive");
    host.now += 0.001;
    expect(verdict(send(bearer))).toBe("waiting");
  });

  test("but no failure is", () => {
    const bearer = token();
    const stream = send(bearer);
    host.endCall(lastCall(), { status: 400, body: "" });
    expect(verdict(stream)).toBe("introspection_unavailable");
    expect(verdict(send(bearer))).toBe("waiting");
    expect(count("failures")).toBe(1n);
  });

  test("and forgotten with the configuration", () => {
    const bearer = token();
    send(bearer);
    answer(active);
    host.configure(config());
    expect(verdict(send(bearer))).toBe("waiting");
  });
});

describe("the circuit", () => {
  function fail(): string {
    const stream = send(token());
    if (verdict(stream) === "waiting") host.endCall(lastCall());
    return verdict(stream);
  }

  beforeEach(() => {
    for (let failures = 0; failures < LIMITS.introspectionFailuresToOpen; failures++) fail();
    expect(count("circuit_opened")).toBe(1n);
  });

  test("opens after failures in a row, and lets one call try each period", () => {
    expect(verdict(send(token()))).toBe("introspection_unavailable");
    expect(host.calls).toHaveLength(0);
    host.now += LIMITS.introspectionOpenSeconds;
    const probe = send(token());
    expect([verdict(probe), verdict(send(token()))]).toEqual(["waiting", "introspection_unavailable"]);
    host.endCall(lastCall());
    expect(verdict(send(token()))).toBe("introspection_unavailable");
    host.now += LIMITS.introspectionOpenSeconds;
    send(token());
    answer({ active: false });
    expect([verdict(send(token())), verdict(send(token()))]).toEqual(["waiting", "waiting"]);
    expect(count("circuit_opened")).toBe(1n);
  });

  test("outlives a configuration", () => {
    host.configure(config());
    expect(verdict(send(token()))).toBe("introspection_unavailable");
  });

  test("does not stay open when the clock is set back", () => {
    host.now -= 86_400;
    expect(verdict(send(token()))).toBe("waiting");
  });

  test("stays closed where a token alone is the cause", () => {
    host.now += LIMITS.introspectionOpenSeconds;
    send(token());
    answer({ active: false });
    for (let sent = 0; sent < 20; sent++) {
      send(token());
      host.endCall(lastCall(), { status: sent % 2 === 0 ? 400 : 200, body: "no JSON" });
    }
    expect(verdict(send(token()))).toBe("waiting");
  });
});

test("a cluster that the host does not know is a failure", () => {
  host.clusters.clear();
  expect(verdict(send(token()))).toBe("introspection_unavailable");
  expect(count("failures")).toBe(1n);
});

describe("a configuration that comes while a call is under way", () => {
  test("makes the call anew, with the time that is left", () => {
    const bearer = token();
    const stream = send(bearer);
    host.now += 0.5;
    host.configure(config());
    expect(host.calls).toMatchObject([
      { timeoutMs: TIMEOUT_MS - 500, body: expect.stringContaining(bearer) },
    ]);
    expect(verdict(send(bearer))).toBe("waiting");
    expect(host.calls).toHaveLength(1);
    answer(active);
    expect(verdict(stream)).toBe("allowed");
  });

  test.each<[what: string, seconds: number, changes: Partial<PluginConfig>, code: string]>([
    ["no time is left", 2, {}, "introspection_unavailable"],
    ["the policy has gone", 0, { policies: [] }, "policy_unknown"],
    ["the server has gone too", 0, { policies: [], introspectionServers: [] }, "policy_unknown"],
    ["the policy is open now", 0, { policies: [{ id: id("a"), kind: "open" }] }, "introspection_unavailable"],
  ])("refuses where %s", (_what, seconds, changes, code) => {
    const stream = send(token());
    host.now += seconds;
    host.configure(config(changes));
    if (host.calls.length > 0) answer(active);
    expect(verdict(stream)).toBe(code);
  });

  test("changes nothing when it is refused", () => {
    const stream = send(token());
    const [call] = host.calls;
    expect(host.configure("{}")).toBe(false);
    expect(host.calls).toEqual([call]);
    answer(active);
    expect(verdict(stream)).toBe("allowed");
  });
});

test("no bytes of an answer pass that do not say active: true, and none trap", () => {
  const value = fc.oneof(fc.jsonValue(), fc.constantFrom(true, false, "true", 1, null));
  const isActive = fc.tuple(
    fc.constant("active"),
    fc.oneof({ arbitrary: fc.constant(true), weight: 3 }, value),
  );
  const member = fc.tuple(fc.constantFrom("active", "scope", "exp", "nbf", "aud", "iss", "cnf", "x"), value);
  const object = fc
    .tuple(isActive, fc.array(member, { maxLength: 3 }), fc.nat(3))
    .map(([first, others, at]) => [...others.slice(0, at), first, ...others.slice(at)])
    .map((members) => `{${members.map(([name, each]) => `"${name}":${JSON.stringify(each)}`).join(",")}}`);
  const bytes = fc.uint8Array({ maxLength: 200 }).map((each) => Buffer.from(each).toString("latin1"));
  const open = { ...opaque, introspection: { server: id("1"), authorizations: [] } };
  host.configure(config({ policies: [open] }));
  let passed = 0;
  fc.assert(
    fc.property(fc.oneof({ arbitrary: object, weight: 4 }, bytes), fc.nat(999), (body, status) => {
      const stream = send(token());
      host.endCall(lastCall(), { status: status > 100 ? 200 : status, body });
      host.now += LIMITS.introspectionOpenSeconds;
      const decision = verdict(stream);
      if (decision !== "allowed") return decision !== "waiting";
      passed++;
      return status > 100 && JSON.parse(body).active === true;
    }),
    { numRuns: 5_000 },
  );
  expect(passed).toBeGreaterThan(50);
});

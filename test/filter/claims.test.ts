import { beforeEach, describe, expect, test } from "vitest";
import type { PluginConfig, PluginPolicy } from "../../controller/api/plugin-config.ts";
import { configOf, createKey, id, jwtPolicy, routeOf, signClaims, signTexts } from "./config.ts";
import { WasmHost } from "./wasm-host.ts";

const rsa = createKey("rsa", "RS256");
const claims = { iss: "https://issuer", exp: 1_800_000_300, sub: "jane" };
const withHeader = {
  ...jwtPolicy("c"),
  claimsToHeaders: [{ path: ["sub"], header: "x-user" }],
} as PluginPolicy;
const open: PluginPolicy = { id: id("d"), kind: "open" };

let host: WasmHost;
beforeEach(() => {
  host = new WasmHost();
});

function send(token: string, policy = "c", headers: Record<string, string> = {}): string {
  const response = host.request({
    route: routeOf(policy),
    headers: { authorization: `Bearer ${token}`, ...headers },
  });
  return response === undefined ? "allowed" : JSON.parse(response.body).code;
}

function requiring(path: string[], ...values: (string | number | boolean)[]): PluginPolicy {
  const authorizations = [{ scopes: [], audiences: [], claims: [{ path, values }] }];
  return { ...jwtPolicy("c"), authorizations } as PluginPolicy;
}

describe("required claims", () => {
  test.each([
    ['{"a":1}', 1, "allowed"],
    ['{"a":1.0}', 1, "allowed"],
    ['{"a":10e-1}', 1, "allowed"],
    ['{"a":9007199254740993}', 9007199254740992, "claim_missing"],
    ['{"a":1e400}', 1, "claim_missing"],
    ['{"\\u0061":"\\u0062"}', "b", "allowed"],
    ['{"a":["x",["b"],"b"]}', "b", "allowed"],
    ['{"b":{"a":"b"}}', "b", "claim_missing"],
  ])("%s against %j is %s", (members, value, expected) => {
    host.configure(configOf([rsa], [requiring(["a"], value)]));
    const payload = `{"iss":"https://issuer",${members.slice(1)}`;
    const token = signTexts(rsa, JSON.stringify({ alg: "RS256", kid: "rsa" }), payload);
    expect([send(token), send(token)]).toEqual([expected, expected]);
    expect(host.metric("tollgate.signature_checks")).toBe(1n);
  });

  test("a cached token is judged for each policy, and anew under another configuration", () => {
    const config: PluginConfig = configOf(
      [rsa],
      [requiring(["a"], "x"), { ...requiring(["b"], "y"), id: id("e") }],
    );
    const token = signClaims(rsa, { ...claims, a: "x" });
    host.configure(config);
    expect([send(token, "c"), send(token, "e"), send(token, "c")]).toEqual([
      "allowed",
      "claim_missing",
      "allowed",
    ]);
    expect(host.metric("tollgate.signature_checks")).toBe(1n);
    host.configure(configOf([rsa], [requiring(["a"], "z")], "0000000000002"));
    expect(send(token)).toBe("claim_missing");
  });
});

describe("identity headers", () => {
  test("are set from the cached token as from the new one, and never left for the next request", () => {
    host.configure(configOf([rsa], [withHeader, open]));
    const jane = signClaims(rsa, claims);
    const joe = signClaims(rsa, { ...claims, sub: "joe" });
    for (const [token, name] of [
      [jane, "jane"],
      [joe, "joe"],
      [jane, "jane"],
    ] as const) {
      expect(send(token, "c", { "x-user": "root", x_user: "root" })).toBe("allowed");
      expect([host.headers.get("x-user"), host.headers.get("x_user")]).toEqual([name, undefined]);
      expect(send(token, "d", { "x-user": "root" })).toBe("allowed");
      expect(host.headers.get("x-user")).toBeUndefined();
    }
  });

  test("a configuration without them leaves all headers alone", () => {
    host.configure(configOf([rsa], [open]));
    expect(send("x", "d", { "x-user": "root" })).toBe("allowed");
    expect(host.headers.get("x-user")).toBe("root");
  });

  test("tokens with much to pass on leave memory flat", () => {
    host.configure(configOf([rsa], [withHeader]));
    const round = (from: number) => {
      for (let index = from; index < from + 1_500; index++) {
        const sub = `${index}`.repeat(index % 97);
        expect(send(signClaims(rsa, { ...claims, sub }))).toBe("allowed");
        expect(host.headers.get("x-user")).toBe(sub);
      }
    };
    round(0);
    round(1_500);
    round(3_000);
    const warm = host.memoryBytes;
    round(5_000);
    expect(host.memoryBytes).toBe(warm);
  });
});

describe("a token in the query", () => {
  const fromQuery = (): PluginConfig => {
    const config = configOf([rsa], [jwtPolicy("c", [["read"], []])]);
    for (const provider of config.providers) provider.places = [{ kind: "param", name: "t" }];
    return config;
  };

  test("is gone from the path whatever the verdict", () => {
    host.configure(fromQuery());
    for (const token of [
      signClaims(rsa, { ...claims, scope: "read" }),
      signClaims(rsa, claims),
      "bad",
      "a&t=b",
    ]) {
      host.request({ route: routeOf("c"), headers: { ":path": `/p?a=1&t=${token}&b=2` } });
      expect(host.headers.get(":path")).toBe("/p?a=1&b=2");
    }
  });

  test("an encoded token is the token", () => {
    host.configure(fromQuery());
    const token = signClaims(rsa, { ...claims, scope: "read" }).replaceAll(".", "%2E");
    expect(host.request({ route: routeOf("c"), headers: { ":path": `/p?t=${token}` } })).toBeUndefined();
    expect(host.headers.get(":path")).toBe("/p");
  });
});

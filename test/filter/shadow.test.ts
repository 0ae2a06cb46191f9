import { beforeEach, expect, test } from "vitest";
import { configOf, createKey, jwtPolicy, routeOf, signClaims } from "./config.ts";
import { WasmHost } from "./wasm-host.ts";

const COUNTERS = "tollgate.apirule.default/httpbin";
const key = createKey("k", "ES256");

let host: WasmHost;
beforeEach(() => {
  host = new WasmHost();
  const shadow = { ...jwtPolicy("c", [["read"], []]), shadow: true, refuseAmbiguousPath: true };
  host.configure(configOf([key], [shadow]));
});

function send(claims?: object, path = "/a"): number {
  const token = claims && signClaims(key, { iss: "https://issuer", exp: host.now + 60, ...claims });
  const headers = { ":path": path, ...(token && { authorization: `Bearer ${token}` }) };
  return host.request({ route: routeOf("c"), headers })?.status ?? 200;
}

test("what would be refused passes and is counted by its code", () => {
  expect(send()).toBe(200);
  expect(send({ scope: "write" })).toBe(200);
  expect(send({ scope: "write" })).toBe(200);
  expect(send({ scope: "read" })).toBe(200);
  expect(host.metric(`${COUNTERS}.shadow_denied.token_missing`)).toBe(1n);
  expect(host.metric(`${COUNTERS}.shadow_denied.scope_missing`)).toBe(2n);
  expect(host.metric(`${COUNTERS}.allowed`)).toBe(4n);
  expect(host.metric(`${COUNTERS}.denied.token_missing`)).toBe(0n);
});

test("a path that may be read as one of a stricter rule is refused", () => {
  expect(send({ scope: "read" }, "/a;b/c")).toBe(400);
  expect(host.metric(`${COUNTERS}.denied.path_ambiguous`)).toBe(1n);
  expect(host.metric(`${COUNTERS}.shadow_denied.path_ambiguous`)).toBe(0n);
});

test("a policy that is not loaded is no policy in shadow mode", () => {
  expect(host.request({ route: routeOf("e") })?.status).toBe(503);
});

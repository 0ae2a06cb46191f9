import { beforeEach, expect, test } from "vitest";
import type { PluginConfig } from "../../controller/api/plugin-config.ts";
import { configOf, id, jwtPolicy, routeOf } from "./config.ts";
import { type LocalResponse, WasmHost } from "./wasm-host.ts";

type Origins = NonNullable<PluginConfig["corsPolicies"]>[number]["allowOrigins"];

let host: WasmHost;
beforeEach(() => {
  host = new WasmHost();
});

function configure(allowOrigins: Origins, more: object = {}): void {
  const config = configOf([], [{ ...jwtPolicy("c"), cors: id("d") }]);
  expect(host.configure({ ...config, corsPolicies: [{ id: id("d"), allowOrigins, ...more }] })).toBe(true);
}

function refusal(origin?: string): LocalResponse {
  const response = host.request({
    route: routeOf("c"),
    headers: origin === undefined ? {} : { origin },
  });
  if (response === undefined) throw new Error("the request was let through");
  return response;
}

const allowed = (origin: string) => refusal(origin).headers["access-control-allow-origin"] === origin;

test("a refusal says what the CORS filter says", () => {
  configure([{ kind: "exact", value: "https://a.test" }], {
    allowCredentials: true,
    exposeHeaders: ["x-one", "x-two"],
  });
  expect(refusal("https://a.test").headers).toEqual({
    "access-control-allow-origin": "https://a.test",
    "access-control-allow-credentials": "true",
    "access-control-expose-headers": "x-one,x-two",
    "content-type": "application/problem+json",
    "www-authenticate": 'Bearer realm="tollgate"',
  });
});

test("without origin, and for an origin that is not allowed, it says nothing", () => {
  configure([{ kind: "exact", value: "https://a.test" }], { allowCredentials: true });
  const plain = { "content-type": "application/problem+json", "www-authenticate": 'Bearer realm="tollgate"' };
  expect(refusal().headers).toEqual(plain);
  expect(refusal("").headers).toEqual(plain);
  expect(refusal("https://b.test").headers).toEqual(plain);
});

test("expressions are given to the host letter by letter, and none stays there", () => {
  configure([{ kind: "regex", value: 'x"\\\\\n\\.y' }]);
  expect(allowed("x")).toBe(false);
  configure([{ kind: "regex", value: 'x"\\\\\\.y' }]);
  expect(allowed('x"\\.y')).toBe(true);
  expect(allowed('x"\\?y')).toBe(false);
  expect(host.expressions).toBe(0);
});

test("an expression that the host does not take matches nothing", () => {
  configure([
    { kind: "regex", value: "(" },
    { kind: "regex", value: "b{2}" },
  ]);
  expect(allowed("a")).toBe(false);
  expect(allowed("bb")).toBe(true);
});

test("what is too long matches nothing and spoils nothing", () => {
  configure([
    { kind: "regex", value: `a|${"b".repeat(4_000)}` },
    { kind: "regex", value: "c+" },
    { kind: "prefix", value: "d" },
  ]);
  expect(allowed("a")).toBe(false);
  expect(allowed("c".repeat(1_024))).toBe(true);
  expect(allowed("c".repeat(1_025))).toBe(false);
  expect(allowed("d".repeat(8_000))).toBe(true);
  const { headers, body } = refusal("d".repeat(60_000));
  expect(headers).toEqual({
    "content-type": "application/problem+json",
    "www-authenticate": 'Bearer realm="tollgate"',
  });
  expect(JSON.parse(body)).toMatchObject({ code: "token_missing" });
});

test("a new configuration answers by its own policy", () => {
  configure([{ kind: "regex", value: "a" }]);
  expect(allowed("a")).toBe(true);
  configure([{ kind: "regex", value: "b" }]);
  expect(allowed("a")).toBe(false);
  expect(allowed("b")).toBe(true);
});

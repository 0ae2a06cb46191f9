import { beforeEach, expect, test } from "vitest";
import { LIMITS } from "../../controller/api/limits.ts";
import { configOf, createKey, id, jwtPolicy, routeOf, signClaims } from "./config.ts";
import { WasmHost } from "./wasm-host.ts";

const key = createKey("known", "ES256");
const config = configOf([key], [jwtPolicy("c")]);

let host: WasmHost;
beforeEach(() => {
  host = new WasmHost();
  host.configure(config);
});

function send(header: object, issuer = "https://issuer"): void {
  const token = signClaims(key, { iss: issuer, exp: host.now + 600 }, header);
  host.request({ route: routeOf("c"), headers: { authorization: `Bearer ${token}` } });
}

const wanted = (keySet = "a") => host.metric(`tollgate.key_sets.${id(keySet)}.fetches_wanted`);

test("each unknown key id asks once for the key set of its issuer", () => {
  send({ kid: "x" });
  send({ kid: "x" });
  send({ kid: "y" });
  expect(wanted()).toBe(2n);
  expect(host.metric("tollgate.unknown_key_ids")).toBe(3n);
});

test("it asks again later, also under another configuration", () => {
  send({ kid: "x" });
  host.configure({ ...config, revision: "0000000000002" });
  host.now += LIMITS.unknownKeyIdSeconds - 1;
  send({ kid: "x" });
  expect(wanted()).toBe(1n);
  host.now += 1;
  send({ kid: "x" });
  expect(wanted()).toBe(2n);
});

test("other refusals ask for nothing", () => {
  send({});
  send({ alg: "RS256" });
  send({ kid: "x" }, "https://stranger");
  expect(wanted()).toBe(0n);
});

test("one key id is asked for at every issuer that has its own keys", () => {
  const [set] = config.keySets;
  const [provider] = config.providers;
  if (set === undefined || provider === undefined) throw new Error("no key set");
  host.configure({
    ...config,
    keySets: [set, { ...set, id: id("e") }],
    providers: [provider, { ...provider, id: id("d"), issuer: "https://two", keySet: id("e") }],
    policies: [{ ...jwtPolicy("c"), providers: [id("b"), id("d")] }],
  });
  send({ kid: "x" });
  expect([wanted("a"), wanted("e")]).toEqual([1n, 0n]);
  send({ kid: "x" }, "https://two");
  expect([wanted("a"), wanted("e")]).toEqual([1n, 1n]);
});

test("many unknown key ids leave memory flat", () => {
  for (let index = 0; index < 2_000; index++) send({ kid: `warm-${index}` });
  const before = host.memoryBytes;
  for (let index = 0; index < 2_000; index++) send({ kid: `more-${index}` });
  expect(host.memoryBytes).toBe(before);
  expect(wanted()).toBe(4_000n);
});

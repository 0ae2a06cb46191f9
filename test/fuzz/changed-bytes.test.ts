import { expect, test } from "vitest";
import { routeOf, signTexts } from "../filter/config.ts";
import { WasmHost } from "../filter/wasm-host.ts";
import { ANY_TOKEN, configWith, ISSUER, KEYS, NOW } from "./oracle.ts";

const hosts = [true, false].map((verifiesSignatures) => new WasmHost({ verifiesSignatures }));
for (const host of hosts) {
  host.now = NOW;
  host.configure(configWith());
}

/** The verdict of the filter, which must not depend on what its host can do. */
function accepts(token: string): boolean {
  const request = { route: routeOf(ANY_TOKEN), headers: { authorization: `Bearer ${token}` } };
  const [first, second] = hosts.map((host) => host.request(request) === undefined);
  expect(first).toBe(second);
  return first === true;
}

test.each(KEYS)("a changed byte of a good $algorithm token is never accepted", (key) => {
  const header = JSON.stringify({ alg: key.algorithm, kid: key.kid });
  const good = signTexts(key, header, JSON.stringify({ iss: ISSUER }));
  expect(accepts(good)).toBe(true);
  for (let at = 0; at < good.length; at++) {
    for (const other of ["A", "_", ".", "=", "\u00e9"]) {
      if (good[at] === other) continue;
      expect(accepts(good.slice(0, at) + other + good.slice(at + 1)), `byte ${at}`).toBe(false);
    }
  }
});

import { createPublicKey } from "node:crypto";
import fc from "fast-check";
import { createLocalJWKSet, exportJWK, jwtVerify } from "jose";
import { expect, test } from "vitest";
import { configOf, createKey, jwtPolicy, routeOf, type SigningKey, signTexts } from "./config.ts";
import { WasmHost } from "./wasm-host.ts";

const NOW = 1_800_000_000;
const keys = [
  createKey("r", "RS256"),
  createKey("e", "ES256"),
  createKey("p", "PS256"),
  createKey("o", "EdDSA"),
];
const algorithms = keys.map(({ algorithm }) => algorithm);
const keyIds = keys.map(({ kid }) => kid);

const host = new WasmHost();
host.configure(configOf(keys, [jwtPolicy("c")]));
const lone = new WasmHost({ verifiesSignatures: false });
lone.configure(configOf(keys, [jwtPolicy("c")]));

const jwks = createLocalJWKSet({
  keys: await Promise.all(
    keys.map(async ({ kid, algorithm, privateKey }) => ({
      ...(await exportJWK(createPublicKey(privateKey))),
      kid,
      alg: algorithm,
    })),
  ),
});

async function joseAccepts(token: string): Promise<boolean> {
  try {
    const options = { issuer: "https://issuer", clockTolerance: 60, currentDate: new Date(NOW * 1_000) };
    await jwtVerify(token, jwks, options);
    return true;
  } catch {
    return false;
  }
}

/** The verdict of the filter, which must not depend on what its host can do. */
function filterAccepts(token: string): boolean {
  const request = { route: routeOf("c"), headers: { authorization: `Bearer ${token}` } };
  const accepted = host.request(request) === undefined;
  expect(lone.request(request) === undefined).toBe(accepted);
  return accepted;
}

const scalar = fc.oneof(
  fc.string(),
  fc.integer(),
  fc.double(),
  fc.boolean(),
  fc.constant(null),
  fc.constantFrom(...algorithms, "none", "HS256", ...keyIds, "https://issuer"),
);
const time = fc.oneof(
  fc.integer({ min: NOW - 62, max: NOW + 62 }),
  fc.double({ min: NOW - 62, max: NOW + 62, noNaN: true }),
  fc.integer({ min: 0 }),
  scalar,
);
/** A header that names the key or, now and then, something else. */
const headerOf = (key: SigningKey) =>
  fc.record(
    {
      alg: fc.oneof(
        { weight: 6, arbitrary: fc.constant(key.algorithm) },
        { weight: 1, arbitrary: fc.constantFrom(...algorithms) },
        { weight: 1, arbitrary: scalar },
      ),
      kid: fc.oneof(
        { weight: 6, arbitrary: fc.constant(key.kid) },
        { weight: 1, arbitrary: fc.constantFrom(...keyIds) },
        { weight: 1, arbitrary: fc.string() },
      ),
      typ: fc.string(),
      cty: fc.string(),
    },
    { requiredKeys: ["alg", "kid"] },
  );
const signer = fc.constantFrom(...keys).chain((key) => fc.tuple(fc.constant(key), headerOf(key)));
const claims = fc.record(
  {
    iss: fc.oneof({ weight: 8, arbitrary: fc.constant("https://issuer") }, { weight: 1, arbitrary: scalar }),
    exp: time,
    nbf: time,
    sub: fc.string(),
    aud: fc.oneof(fc.string(), fc.array(fc.string())),
    scope: fc.jsonValue(),
    extra: fc.jsonValue({ maxDepth: 4 }),
  },
  { requiredKeys: ["iss"] },
);

/**
 * Where the filter is meant to be stricter than jose: negative and inexact times, and texts that are not valid
 * Unicode. Everything else has to be judged alike.
 */
function isDeviation(payload: string): boolean {
  const { exp, nbf } = JSON.parse(payload);
  const strange = (value: unknown) =>
    typeof value === "number" && (value < 0 || value > Number.MAX_SAFE_INTEGER);
  return strange(exp) || strange(nbf) || /\\ud[89a-f]/i.test(payload);
}

test("tokens of the grammar are judged as jose judges them", async () => {
  let accepted = 0;
  await fc.assert(
    fc.asyncProperty(signer, claims, async ([key, head], body) => {
      const payload = JSON.stringify(body);
      const token = signTexts(key, JSON.stringify(head), payload);
      const verdict = filterAccepts(token);
      if (verdict) accepted++;
      const expected = await joseAccepts(token);
      if (isDeviation(payload)) expect(verdict && !expected).toBe(false);
      else expect(verdict).toBe(expected);
    }),
    { numRuns: 2_000 },
  );
  expect(accepted).toBeGreaterThan(100);
});

test.each(keys)("a changed byte of a good $algorithm token is never accepted", (key) => {
  const head = JSON.stringify({ alg: key.algorithm, kid: key.kid });
  const good = signTexts(key, head, '{"iss":"https://issuer"}');
  expect(filterAccepts(good)).toBe(true);
  for (let at = 0; at < good.length; at++) {
    for (const other of ["A", "_", ".", "=", "\u00e9"]) {
      if (good[at] === other) continue;
      const changed = good.slice(0, at) + other + good.slice(at + 1);
      expect(filterAccepts(changed), `byte ${at}`).toBe(false);
    }
  }
});

test("no bytes trap the filter", () => {
  const bytes = fc.oneof(fc.string({ unit: "binary", maxLength: 300 }), fc.string({ maxLength: 300 }));
  const part = fc.oneof(
    bytes,
    fc.json(),
    fc.constantFrom(
      ...algorithms.map((alg) => JSON.stringify({ alg })),
      '{"alg":"ES256","kid":"e"}',
      "{}",
      "[",
    ),
  );
  const token = fc.oneof(
    bytes,
    fc
      .array(part, { maxLength: 5 })
      .map((parts) => parts.map((text) => Buffer.from(text).toString("base64url")).join(".")),
  );
  fc.assert(
    fc.property(token, fc.oneof(fc.constant(routeOf("c")), bytes), (value, route) => {
      host.request({ route, headers: { authorization: `Bearer ${value}`, ":path": value } });
    }),
    { numRuns: 20_000 },
  );
  fc.assert(
    fc.property(fc.oneof(bytes, fc.json()), (document) => {
      expect(host.configure(document)).toBe(false);
    }),
    { numRuns: 5_000 },
  );
  expect(host.log.filter((line) => !line.startsWith("tollgate: configuration refused"))).toEqual([]);
});

/** JWK Sets on their way through the controller: jose reads the set itself, the filter what was prepared of it. */
import { createPublicKey } from "node:crypto";
import { createLocalJWKSet, type JSONWebKeySet, type JWTVerifyGetKey } from "jose";
import { prepareJwks } from "../../../controller/keys/prepare.ts";
import { configOf, jwtPolicy, routeOf, signClaims } from "../../filter/config.ts";
import { mutateJson } from "../mutate.ts";
import { ANY_TOKEN, ISSUER, joseAccepts, KEYS } from "../oracle.ts";
import { target, type Verdict } from "../target.ts";

const WORDS = [
  ...["kty", "kid", "use", "alg", "key_ops", "crv", "x", "y", "n", "e", "d", "k", "x5c", "keys", "ext"],
  ...[
    "sig",
    "enc",
    "verify",
    "sign",
    "RSA",
    "EC",
    "OKP",
    "oct",
    "P-256",
    "P-384",
    "Ed25519",
    "X25519",
    "AKP",
  ],
  ...[
    "ES256",
    "ES384",
    "RS256",
    "RS512",
    "PS256",
    "EdDSA",
    "HS256",
    "AQAB",
    "AQ",
    "AA",
    "$e.x",
    "$r.n",
    "$o.x",
  ],
];

const publicKeys = KEYS.map(({ privateKey }) => createPublicKey(privateKey).export({ format: "jwk" }));

/** Placeholders of the members of a key, so that inputs hold no key: `$e.x`. */
const MEMBERS = new Map<string, string>(
  KEYS.flatMap(({ kid }, index) =>
    Object.entries(publicKeys[index] ?? {}).map(([name, value]) => [`$${kid}.${name}`, `${value}`] as const),
  ),
);

function fillIn(set: unknown): unknown {
  const text = JSON.stringify(set, (_, value) =>
    typeof value === "string"
      ? value.replace(/\$[a-z]\.[a-z]+/g, (name) => MEMBERS.get(name) ?? name)
      : value,
  );
  return text === undefined ? undefined : JSON.parse(text);
}

interface Input {
  /** Index of the key that signs the token. */
  sign: number;
  set: unknown;
}

/** The key with that index, by placeholders. */
function jwkOf(index: number): Record<string, unknown> {
  const { kid, algorithm } = KEYS[index] ?? {};
  const { kty, crv, ...members } = publicKeys[index] ?? {};
  const placeholders = Object.keys(members).map((name) => [name, `$${kid}.${name}`]);
  return { kty, ...(crv && { crv }), ...Object.fromEntries(placeholders), kid, alg: algorithm, use: "sig" };
}

export const jwks = target<Input>({
  name: "jwks",
  unguided: true,
  seeds: () => [
    ...KEYS.map((_, sign) => ({ sign, set: { keys: [jwkOf(sign)] } })),
    { sign: 1, set: { keys: KEYS.map((_, index) => jwkOf(index)) } },
    { sign: 2, set: { keys: [{ ...jwkOf(2), alg: undefined, use: undefined, key_ops: ["verify"] }] } },
  ],
  mutate: (input, random) =>
    random.oneIn(8)
      ? { ...input, sign: random.below(KEYS.length) }
      : { ...input, set: mutateJson(input.set, random, WORDS) },
  start(makeHost) {
    const host = makeHost();
    const tokens = KEYS.map((key) => signClaims(key, { iss: ISSUER }));
    return async ({ sign, set }): Promise<Verdict> => {
      const filled = fillIn(set);
      const { keys, refused } = await prepareJwks(filled);
      const document = configOf([], [jwtPolicy(ANY_TOKEN)]);
      document.keySets = document.keySets.map((keySet) => ({ ...keySet, keys }));
      if (!host.configure(document))
        return { accepted: false, problem: `the filter does not take these keys` };
      const authorization = `Bearer ${tokens[sign]}`;
      const accepted = host.request({ route: routeOf(ANY_TOKEN), headers: { authorization } }) === undefined;
      const expected = await joseAccepts(tokens[sign] ?? "", joseKeys(filled));
      if (accepted === expected) return { accepted };
      if (!accepted && refused.length > 0) return { accepted };
      return { accepted, problem: `jose ${expected ? "accepts" : "refuses"} the token by these keys` };
    };
  },
});

/**
 * The keys of a set as jose sees them; none where it is no set for jose. It is spared what it is stricter about: one
 * entry that is no JWK makes it refuse the whole set, where the controller refuses the entry (RFC 7517, section 5); and
 * Web Cryptography takes neither an `ext` that is no boolean nor operations beside `verify` (section 4.3 allows others).
 */
function joseKeys(set: unknown): JWTVerifyGetKey {
  try {
    const keys = (set as JSONWebKeySet).keys.filter(isObject).map(({ ext: _, key_ops, ...members }) => {
      return { ...members, ...(key_ops !== undefined && { key_ops: operationsOf(key_ops) }) };
    });
    return createLocalJWKSet({ keys });
  } catch {
    return createLocalJWKSet({ keys: [] });
  }
}

function operationsOf(operations: string[]): string[] {
  const areNames = Array.isArray(operations) && operations.every((each) => typeof each === "string");
  const areDifferent = areNames && new Set(operations).size === operations.length;
  return areDifferent && operations.includes("verify") ? ["verify"] : operations;
}

function isObject(value: unknown): boolean {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

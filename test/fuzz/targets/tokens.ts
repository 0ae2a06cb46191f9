/** Tokens: signed headers and claims sets of every form, and signed tokens whose bytes change afterwards. */
import { routeOf, signTexts } from "../../filter/config.ts";
import type { WasmHost } from "../../filter/wasm-host.ts";
import { type Latin1, mutateJson, mutateText, writeJson } from "../mutate.ts";
import { ANY_TOKEN, compareWithJose, configWith, ISSUER, KEYS, NOW } from "../oracle.ts";
import type { Random } from "../random.ts";
import { type MakeHost, target, type Verdict } from "../target.ts";

interface SignedInput {
  /** Index of the key that signs. */
  key: number;
  header: Latin1;
  claims: Latin1;
}

/** Bytes of a token that are replaced; `at` counts from its end where it is negative. */
interface Edit {
  at: number;
  remove: number;
  insert: Latin1;
}

const HEADER_WORDS = [
  ...["alg", "kid", "typ", "cty", "crit", "b64", "jku", "jwk", "x5u", "x5c", "zip", "enc", "JWT", "at+jwt"],
  ...["none", "HS256", "EdDSA", "ES256", "RS256", "PS256", "Ed25519", "e", "r", "p", "o", "__proto__"],
];
const CLAIM_WORDS = [
  ...["iss", "exp", "nbf", "iat", "aud", "sub", "scope", "scp", "scopes", "cnf", "jti", "__proto__"],
  ...[ISSUER, `${ISSUER}/`, "read", "read write", `${NOW}`, `${NOW + 59}`, `${NOW - 60}`, "9007199254740993"],
  ...["1e400", "-1", "[[[[", '{"a":', "\\u0061", "\\ud800", "\xef\xbb\xbf", "\xc0\x80", "\xed\xa0\x80"],
];

const headerOf = (key: number) => JSON.stringify({ alg: KEYS[key]?.algorithm, kid: KEYS[key]?.kid });

/** A short token by every key. */
const SHORT: readonly SignedInput[] = KEYS.map((_, key) => {
  return { key, header: headerOf(key), claims: `{"iss":"${ISSUER}"}` };
});

/** A token with every claim that is read, and some that are not. */
const LONG: SignedInput = {
  key: 0,
  header: headerOf(0).replace("{", '{"typ":"at+jwt","cty":"x",'),
  claims: JSON.stringify({
    ...{ iss: ISSUER, sub: "a", aud: ["a", "b"], exp: NOW + 60, nbf: NOW - 60, iat: NOW, jti: "1" },
    ...{ scope: "read write", scp: ["read"], scopes: ["a", 1], roles: { a: [{ b: true }] } },
  }),
};

/** By the key whose signatures are the same in every run. */
const SEEDS: readonly SignedInput[] = [...SHORT.slice(0, 1), LONG];

function sign({ key, header, claims }: SignedInput): string {
  const signer = KEYS[key];
  if (signer === undefined) throw new RangeError(`there is no key ${key}`);
  return signTexts(signer, Buffer.from(header, "latin1"), Buffer.from(claims, "latin1"));
}

function mutateDocument(text: Latin1, random: Random, words: readonly string[]): Latin1 {
  if (random.oneIn(3)) return mutateText(text, random, words);
  try {
    const changed = mutateJson(JSON.parse(Buffer.from(text, "latin1").toString()), random, words);
    return Buffer.from(writeJson(changed, random)).toString("latin1");
  } catch {
    return mutateText(text, random, words);
  }
}

/** Runs tokens through a VM whose host verifies and one whose host does not; both have to say the same. */
function judgeTokens(makeHost: MakeHost): (token: string) => Promise<Verdict> {
  const hosts = [makeHost(), makeHost({ verifiesSignatures: false })];
  for (const host of hosts) host.configure(configWith());
  return async (token) => {
    const [accepted = false, alone] = hosts.map((host) => acceptsAlways(host, token));
    if (alone !== accepted) return { accepted, problem: "the verdict depends on who verifies the signature" };
    return compareWithJose(token, accepted);
  };
}

/** Whether the filter accepts a token, the first time as the second. */
function acceptsAlways(host: WasmHost, token: string): boolean {
  const request = { route: routeOf(ANY_TOKEN), headers: { authorization: `Bearer ${token}` } };
  const first = host.request(request) === undefined;
  if ((host.request(request) === undefined) !== first) throw new Error("the cache changes the verdict");
  return first;
}

export const claims = target<SignedInput>({
  name: "claims",
  seeds: () => SEEDS,
  mutate(input, random) {
    return { ...input, claims: mutateDocument(input.claims, random, CLAIM_WORDS) };
  },
  start(makeHost) {
    const judge = judgeTokens(makeHost);
    return (input) => judge(sign(input));
  },
});

export const header = target<SignedInput>({
  name: "header",
  seeds: () => SEEDS,
  mutate(input, random) {
    return { ...input, header: mutateDocument(input.header, random, HEADER_WORDS) };
  },
  start(makeHost) {
    const judge = judgeTokens(makeHost);
    return (input) => judge(sign(input));
  },
});

const TOKEN_WORDS = [
  ".",
  "..",
  "=",
  "==",
  "A",
  "-",
  "_",
  "+",
  "/",
  " ",
  "\n",
  "AAAA",
  "e30",
  "e30.e30.",
  "bm9uZQ",
];

export const token = target<SignedInput & { edits: Edit[] }>({
  name: "token",
  unguided: true,
  seeds: () => [...SHORT, LONG].map((seed) => ({ ...seed, edits: [] })),
  mutate(input, random) {
    const edit = {
      at: random.oneIn(4) ? -1 - random.size(4) : random.below(700) - 350,
      remove: random.size(8),
      insert: insertion(random),
    };
    return { ...input, edits: [...input.edits.slice(-3), edit] };
  },
  start(makeHost) {
    const judge = judgeTokens(makeHost);
    return (input) => judge(input.edits.reduce(applyEdit, sign(input)).replace(/^ +| +$/g, ""));
  },
});

function insertion(random: Random): Latin1 {
  if (random.oneIn(8)) return random.pick(TOKEN_WORDS).repeat(random.size(9_000));
  return random.oneIn(4) ? "" : random.pick(TOKEN_WORDS);
}

function applyEdit(text: string, { at, remove, insert }: Edit): string {
  const from = Math.max(0, at < 0 ? text.length + at : at);
  return (text.slice(0, from) + insert + text.slice(from + remove)).slice(0, 20_000);
}

/** The signature of a good token as a number of bytes to change, whatever its algorithm. */
export const signature = target<{ key: number; xor: [at: number, bits: number][]; length: number }>({
  name: "signature",
  unguided: true,
  seeds: () => KEYS.map((_, key) => ({ key, xor: [], length: 0 })),
  mutate(input, random) {
    if (random.oneIn(4)) return { ...input, length: random.below(5) - 2 };
    const change: [number, number] = [random.size(256), random.oneIn(4) ? 0xff : 1 << random.below(8)];
    return { ...input, key: random.below(KEYS.length), xor: [...input.xor.slice(-3), change] };
  },
  start(makeHost) {
    const judge = judgeTokens(makeHost);
    const good = SHORT.map(sign);
    return ({ key, xor, length }) => {
      const [head, payload, last = ""] = good[key]?.split(".") ?? [];
      const bytes = Buffer.from(last, "base64url");
      for (const [at, bits] of xor) bytes[at % bytes.length] = (bytes[at % bytes.length] ?? 0) ^ bits;
      const resized = Buffer.concat([bytes, Buffer.alloc(Math.max(0, length))]).subarray(
        0,
        bytes.length + length,
      );
      return judge(`${head}.${payload}.${resized.toString("base64url")}`);
    };
  },
});

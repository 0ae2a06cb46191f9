import { exportSPKI, importJWK, type JWK } from "jose";
import { ALGORITHMS, type Algorithm } from "../api/algorithms.ts";
import type { PluginKey } from "../api/plugin-config.ts";

/** A key that is not taken over, and why. The reason holds nothing of the key. */
export interface RefusedKey {
  kid?: string;
  reason: string;
}

/** The usable keys of a JWK Set, ordered by `kid` and key, and the refused ones in the order of the set. */
export interface PreparedKeys {
  keys: PluginKey[];
  refused: RefusedKey[];
}

const MIN_RSA_BITS = 2048;
const MAX_RSA_BITS = 8192;
const PRIVATE_MEMBERS = ["d", "p", "q", "dp", "dq", "qi", "oth", "k"];

/**
 * Turns a JWK Set (RFC 7517, section 5) into the keys that the filter verifies with. Keys of an unknown type, and keys
 * that are not meant for verifying signatures (`use`, `key_ops`), are passed over. Refused are symmetric and private
 * keys, RSA moduli under 2048 bits, unknown curves, an `alg` that is unsupported or does not fit the key, and a second
 * key with the `kid` of another that serves the same algorithm. Never throws on any input.
 */
export async function prepareJwks(jwks: unknown): Promise<PreparedKeys> {
  const entries = isObject(jwks) ? jwks.keys : undefined;
  if (!Array.isArray(entries))
    return { keys: [], refused: [{ reason: "is not a JWK Set: it has no array `keys`" }] };
  const prepared: PreparedKeys = { keys: [], refused: [] };
  for (const entry of entries) {
    const key = await prepareKey(entry);
    if (key === undefined) continue;
    if (typeof key === "string") prepared.refused.push(refusal(entry, key));
    else addKey(prepared, key);
  }
  prepared.keys.sort((a, b) => compare(a.kid ?? "", b.kid ?? "") || compare(a.spki, b.spki));
  return prepared;
}

function addKey({ keys, refused }: PreparedKeys, key: PluginKey): void {
  const serves = (algorithm: string) => (key.algorithms as string[]).includes(algorithm);
  const rival = keys.find((other) => other.kid === key.kid && other.algorithms.some(serves));
  if (rival?.spki === key.spki) return;
  if (rival && key.kid !== undefined) {
    refused.push({ kid: key.kid, reason: "another key has the same `kid` and algorithm" });
  } else {
    keys.push(key);
  }
}

/** @returns the key, the reason for refusing it, or undefined when it does not concern us. */
async function prepareKey(entry: unknown): Promise<PluginKey | string | undefined> {
  if (!isObject(entry) || typeof entry.kty !== "string") return "is not a JWK: it has no string `kty`";
  const { kty, kid, use, alg } = entry;
  if (kty === "oct") return "is symmetric; a shared secret does not belong into a JWK Set";
  if (PRIVATE_MEMBERS.some((member) => member in entry))
    return "is a private key; it must be withdrawn and replaced";
  if (kty !== "RSA" && kty !== "EC" && kty !== "OKP") return undefined;
  if (kty === "OKP" && isForKeyAgreement(entry)) return undefined;
  if (use !== undefined && use !== "sig") return undefined;
  if (entry.key_ops !== undefined) {
    if (!isListOfNames(entry.key_ops)) return "`key_ops` is not a list of different strings";
    if (!entry.key_ops.includes("verify")) return undefined;
  }
  if (kid !== undefined && (typeof kid !== "string" || !kid.isWellFormed())) return "`kid` is not a string";
  const material = MATERIALS[kty](entry);
  if (typeof material === "string") return material;
  const algorithms = algorithmsOf(material, alg);
  if (typeof algorithms === "string") return algorithms;
  const spki = await toSpki(material, algorithms[0]);
  if (spki === undefined) return `is not a valid ${kty} public key`;
  return { ...(kid !== undefined && { kid }), algorithms, spki };
}

function rsaMaterial({ n, e }: Record<string, unknown>): JWK | string {
  if (typeof n !== "string" || typeof e !== "string") return "`n` or `e` is missing";
  const modulus = toInteger(n);
  const exponent = toInteger(e);
  if (modulus === undefined || exponent === undefined) return "`n` or `e` is not base64url";
  const bits = modulus.toString(2).length;
  if (bits < MIN_RSA_BITS) return `its modulus has ${bits} bits; at least ${MIN_RSA_BITS} are required`;
  if (bits > MAX_RSA_BITS) return `its modulus has ${bits} bits; at most ${MAX_RSA_BITS} are supported`;
  if (exponent < 3n || exponent % 2n === 0n || exponent >= 2n ** 32n) return "its exponent `e` is unsafe";
  return { kty: "RSA", n, e };
}

const MATERIALS = { RSA: rsaMaterial, EC: ecMaterial, OKP: okpMaterial };

/** X25519 and X448 (RFC 8037, section 3.2) sign nothing. */
function isForKeyAgreement({ crv }: Record<string, unknown>): boolean {
  return crv === "X25519" || crv === "X448";
}

function okpMaterial({ crv, x }: Record<string, unknown>): JWK | string {
  if (crv !== "Ed25519") return "its curve is not supported";
  if (typeof x !== "string") return "`x` is missing";
  return { kty: "OKP", crv, x };
}

function ecMaterial({ crv, x, y }: Record<string, unknown>): JWK | string {
  if (typeof crv !== "string" || !ALGORITHMS.some(({ keyType, curve }) => keyType === "EC" && curve === crv))
    return "its curve is not supported";
  if (typeof x !== "string" || typeof y !== "string") return "`x` or `y` is missing";
  return { kty: "EC", crv, x, y };
}

function algorithmsOf({ kty, crv }: JWK, alg: unknown): [Algorithm, ...Algorithm[]] | string {
  const fitting = ALGORITHMS.filter(({ keyType, curve }) => keyType === kty && curve === crv).map(
    ({ name }) => name,
  );
  const [first, ...others] = alg === undefined ? fitting : fitting.filter((name) => name === alg);
  return first ? [first, ...others] : `its \`alg\` is not supported or does not fit a key of type ${kty}`;
}

async function toSpki(material: JWK, algorithm: Algorithm): Promise<string | undefined> {
  try {
    const key = await importJWK(material, algorithm, { extractable: true });
    if (key instanceof Uint8Array) return undefined;
    const base64 = (await exportSPKI(key)).replace(/-----[^-]+-----|\s/g, "");
    return Buffer.from(base64, "base64").toString("base64url");
  } catch {
    return undefined;
  }
}

function toInteger(text: string): bigint | undefined {
  const bytes = Buffer.from(text, "base64url");
  if (bytes.length === 0 || bytes.toString("base64url") !== text) return undefined;
  return BigInt(`0x${bytes.toString("hex")}`);
}

function refusal(entry: unknown, reason: string): RefusedKey {
  const kid = isObject(entry) ? entry.kid : undefined;
  return { ...(typeof kid === "string" && { kid }), reason };
}

function isListOfNames(list: unknown): list is string[] {
  if (!Array.isArray(list) || new Set(list).size < list.length) return false;
  return list.every((each) => typeof each === "string");
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

/** Configurations and tokens for the filter in its Node host. */
import { constants, generateKeyPairSync, type KeyObject, sign } from "node:crypto";
import { ALGORITHM_NAMES, type Algorithm } from "../../controller/api/algorithms.ts";
import type { PluginConfig, PluginPolicy } from "../../controller/api/plugin-config.ts";

/** An id of the contract made from one hexadecimal digit. */
export const id = (digit: string): string => digit.repeat(24);

/** The name of a route with the policy of that id. */
export const routeOf = (digit: string, apiRule = "default/httpbin"): string =>
  `tollgate/${id(digit)}/${apiRule}/0`;

export interface SigningKey {
  kid: string;
  algorithm: Algorithm;
  privateKey: KeyObject;
  spki: string;
}

const CURVES = { ES256: "P-256", ES384: "P-384", ES512: "P-521" } as const;

/** A fresh key for one algorithm. */
export function createKey(kid: string, algorithm: Algorithm): SigningKey {
  const pair = generateKeys(algorithm);
  const spki = pair.publicKey.export({ type: "spki", format: "der" }).toString("base64url");
  return { kid, algorithm, privateKey: pair.privateKey, spki };
}

function generateKeys(algorithm: Algorithm): { publicKey: KeyObject; privateKey: KeyObject } {
  if (algorithm === "EdDSA") return generateKeyPairSync("ed25519");
  const namedCurve = CURVES[algorithm as keyof typeof CURVES];
  if (namedCurve !== undefined) return generateKeyPairSync("ec", { namedCurve });
  return generateKeyPairSync("rsa", { modulusLength: 2048 });
}

/** Signs a text as JWS has it; a PSS salt is as long as the hash where no length is given. */
export function signText(
  { algorithm, privateKey }: SigningKey,
  text: string,
  saltLength: number = constants.RSA_PSS_SALTLEN_DIGEST,
): Buffer {
  const bytes = Buffer.from(text);
  if (algorithm === "EdDSA") return sign(null, bytes, privateKey);
  const padding = algorithm.startsWith("PS") ? constants.RSA_PKCS1_PSS_PADDING : constants.RSA_PKCS1_PADDING;
  const options = algorithm.startsWith("ES")
    ? { dsaEncoding: "ieee-p1363" as const }
    : { padding, ...(algorithm.startsWith("PS") && { saltLength }) };
  return sign(`sha${algorithm.slice(2)}`, bytes, { key: privateKey, ...options });
}

/** Signs texts as a compact JWS, however wrong they are. */
export function signTexts(
  key: SigningKey,
  header: string | Buffer,
  payload: string | Buffer,
  saltLength?: number,
): string {
  const input = `${Buffer.from(header).toString("base64url")}.${Buffer.from(payload).toString("base64url")}`;
  return `${input}.${signText(key, input, saltLength).toString("base64url")}`;
}

/** Signs a claims set with the key's own header. */
export function signClaims(key: SigningKey, claims: object, header: object = {}): string {
  const full = { alg: key.algorithm, kid: key.kid, ...header };
  return signTexts(key, JSON.stringify(full), JSON.stringify(claims));
}

/** A configuration with one issuer, `https://issuer`, that has these keys. */
export function configOf(
  keys: SigningKey[],
  policies: PluginPolicy[],
  revision = "0000000000001",
): PluginConfig {
  return {
    version: 1,
    revision,
    clockSkewSeconds: 60,
    keySets: [
      { id: id("a"), keys: keys.map(({ kid, algorithm, spki }) => ({ kid, algorithms: [algorithm], spki })) },
    ],
    providers: [
      {
        id: id("b"),
        issuer: "https://issuer",
        keySet: id("a"),
        algorithms: [...ALGORITHM_NAMES],
      },
    ],
    policies,
  };
}

/** A policy that demands a token of `https://issuer`. */
export function jwtPolicy(
  digit: string,
  ...authorizations: [scopes: string[], audiences: string[]][]
): PluginPolicy {
  return {
    id: id(digit),
    kind: "jwt",
    providers: [id("b")],
    authorizations: authorizations.map(([scopes, audiences]) => ({ scopes, audiences })),
  };
}

/** Signed access tokens, made before the measurement starts. */
import { generateKeyPairSync, type JsonWebKey, type KeyObject, sign } from "node:crypto";
import { promisify } from "node:util";

/** The issuer of every token. */
export const ISSUER = "https://issuer.bench.example/realms/shop";

/** The scope that every token carries and every chain demands. */
export const SCOPE = "orders:read";

const KEY_ID = "bench-2048";
const LIFETIME_SECONDS = 24 * 3_600;
const SIGNATURES_IN_FLIGHT = 8;

const signAsync = promisify(sign);

/** An RSA-2048 key pair; the public half in the two forms that the chains are configured with. */
export interface SigningKey {
  privateKey: KeyObject;
  keyId: string;
  /** For native jwt_authn. */
  jwk: JsonWebKey;
  /** SubjectPublicKeyInfo DER, base64url: for Tollgate. */
  spki: string;
}

export function createSigningKey(): SigningKey {
  const { privateKey, publicKey } = generateKeyPairSync("rsa", { modulusLength: 2_048 });
  return {
    privateKey,
    keyId: KEY_ID,
    jwk: { ...publicKey.export({ format: "jwk" }), kid: KEY_ID, alg: "RS256", use: "sig" },
    spki: publicKey.export({ format: "der", type: "spki" }).toString("base64url"),
  };
}

/** Signs `count` RS256 tokens of about 900 bytes that differ in `sub`, `jti` and `email`. */
export async function signTokens(key: SigningKey, count: number): Promise<string[]> {
  const now = Math.floor(Date.now() / 1_000);
  const tokens: string[] = [];
  let next = 0;
  const loop = async (): Promise<void> => {
    while (next < count) {
      const index = next;
      next += 1;
      tokens[index] = await signToken(key, claimsOf(index, now));
    }
  };
  await Promise.all(Array.from({ length: SIGNATURES_IN_FLIGHT }, loop));
  return tokens;
}

function claimsOf(index: number, now: number): object {
  const subject = `user-${String(index).padStart(8, "0")}`;
  return {
    iss: ISSUER,
    sub: subject,
    aud: ["orders-api"],
    client_id: "shop-web-frontend",
    scope: `openid profile ${SCOPE} orders:write`,
    iat: now,
    exp: now + LIFETIME_SECONDS,
    jti: `7f9c24e8-3b12-4fae-9d51-${String(index).padStart(12, "0")}`,
    email: `${subject}@customers.example`,
    groups: ["customers", "newsletter", "beta-testers"],
  };
}

async function signToken(key: SigningKey, claims: object): Promise<string> {
  const header = { alg: "RS256", typ: "at+jwt", kid: key.keyId };
  const signingInput = `${encode(header)}.${encode(claims)}`;
  const signature = await signAsync("sha256", Buffer.from(signingInput), key.privateKey);
  return `${signingInput}.${signature.toString("base64url")}`;
}

function encode(value: object): string {
  return Buffer.from(JSON.stringify(value)).toString("base64url");
}

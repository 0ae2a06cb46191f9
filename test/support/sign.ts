import { createPrivateKey, sign } from "node:crypto";
import type { Issuer, IssuerAlgorithm } from "../../tools/demo/issuer.ts";

/** A token to be signed with an issuer's own key. Everything left out makes a good token. */
export interface SignedToken {
  algorithm?: IssuerAlgorithm;
  /** Members of the protected header to add or replace; null removes one. */
  header?: Record<string, unknown>;
  /** Claims to add or replace; null removes one. */
  claims?: Record<string, unknown>;
  /** Seconds from now to `exp`; default 3600. */
  expiresIn?: number;
  /** Seconds from now to `nbf`; default no `nbf`. */
  notBeforeIn?: number;
}

/** Signs a JWT (RFC 7519) with the key that the issuer signs with now. */
export function signToken(issuer: Issuer, token: SignedToken = {}): string {
  const { algorithm = "RS256", header = {}, claims = {}, expiresIn = 3600, notBeforeIn } = token;
  const now = Math.floor(Date.now() / 1000);
  const baseHeader = { alg: algorithm, typ: "at+jwt", kid: issuer.signingKey(algorithm).kid };
  const baseClaims = {
    iss: issuer.url,
    sub: "tester",
    iat: now,
    exp: now + expiresIn,
    ...(notBeforeIn === undefined ? {} : { nbf: now + notBeforeIn }),
  };
  return signText(issuer, algorithm, merge(baseHeader, header), merge(baseClaims, claims));
}

/** Signs a protected header and claims given as text, however wrong they are (RFC 7515, section 5.1). */
export function signText(issuer: Issuer, algorithm: IssuerAlgorithm, header: string, claims: string): string {
  const signed = `${base64url(header)}.${base64url(claims)}`;
  return `${signed}.${signBytes(issuer, algorithm, signed).toString("base64url")}`;
}

/** The signature as JWS has it: r || s for ES256 (RFC 7518, section 3.4); `der` gives the ASN.1 form instead. */
export function signBytes(issuer: Issuer, algorithm: IssuerAlgorithm, text: string, der = false): Buffer {
  const key = createPrivateKey({ key: issuer.signingKey(algorithm), format: "jwk" });
  return sign("sha256", Buffer.from(text), { key, dsaEncoding: der ? "der" : "ieee-p1363" });
}

/** Base64url without padding of a text's UTF-8 bytes (RFC 7515, section 2). */
export function base64url(text: string): string {
  return Buffer.from(text).toString("base64url");
}

function merge(base: Record<string, unknown>, changes: Record<string, unknown>): string {
  const merged = { ...base, ...changes };
  return JSON.stringify(Object.fromEntries(Object.entries(merged).filter(([, value]) => value !== null)));
}

/** Tokens that must not pass, each wrong in exactly one way. */
import { createHmac, createPublicKey } from "node:crypto";
import { CompactEncrypt } from "jose";
import type { Issuer, IssuerAlgorithm } from "../../tools/demo/issuer.ts";
import { base64url, signBytes, signText, signToken } from "./sign.ts";

type Forge = (issuer: Issuer, otherIssuer: Issuer) => string | Promise<string>;

/** Every forgery by name. */
export const FORGERIES = {
  notAToken: () => "not-a-token",
  twoParts: (issuer) => signToken(issuer).split(".").slice(0, 2).join("."),
  fourParts: (issuer) => `${signToken(issuer)}.${base64url("{}")}`,
  encrypted: encryptToken,
  emptyParts: () => "..",
  notBase64url: (issuer) => replacePart(signToken(issuer), 1, (part) => `${part.slice(0, -1)}!`),
  paddedBase64: (issuer) => replacePart(signToken(issuer), 2, (part) => `${part}==`),
  nonCanonicalBase64: (issuer) => replacePart(signToken(issuer), 2, setUnusedBits),
  headerNotJson: (issuer) => signText(issuer, "RS256", "alg=RS256", claimsOf(issuer)),
  claimsNotJson: (issuer) => signText(issuer, "RS256", headerOf(issuer), "iss=me"),
  claimsNotAnObject: (issuer) => signText(issuer, "RS256", headerOf(issuer), "[]"),
  duplicateAlg: (issuer) =>
    signText(issuer, "RS256", headerOf(issuer).replace("{", '{"alg":"none",'), claimsOf(issuer)),
  duplicateClaim: (issuer) =>
    signText(issuer, "RS256", headerOf(issuer), claimsOf(issuer).replace("{", '{"\\u0069ss":"x",')),
  algNone: (issuer) =>
    `${signToken(issuer, { header: { alg: "none" } })
      .split(".")
      .slice(0, 2)
      .join(".")}.`,
  algNoneSigned: (issuer) => signToken(issuer, { header: { alg: "none" } }),
  hmacWithPublicKey,
  algOfOtherKey: (issuer) => signToken(issuer, { header: { alg: "ES256" } }),
  unknownKey: (issuer) => signToken(issuer, { header: { kid: "nobody" } }),
  keyOfOtherIssuer: (issuer, otherIssuer) => signToken(otherIssuer, { claims: { iss: issuer.url } }),
  keyIdOnly: (issuer, otherIssuer) =>
    signToken(otherIssuer, { header: { kid: issuer.signingKey("RS256").kid }, claims: { iss: issuer.url } }),
  changedClaims: (issuer) =>
    replacePart(signToken(issuer), 1, () => base64url(claimsOf(issuer, { sub: "root" }))),
  zeroSignature: (issuer) => replaceSignature(issuer, "ES256", () => Buffer.alloc(64)),
  shortSignature: (issuer) => replaceSignature(issuer, "ES256", (signature) => signature.subarray(0, 63)),
  derSignature: (issuer) =>
    replaceSignature(issuer, "ES256", (_, signed) => signBytes(issuer, "ES256", signed, true)),
  shortRsaSignature: (issuer) => replaceSignature(issuer, "RS256", (signature) => signature.subarray(0, 255)),
  emptySignature: (issuer) => replaceSignature(issuer, "RS256", () => Buffer.alloc(0)),
  criticalExtension: (issuer) =>
    signToken(issuer, { header: { crit: ["urn:unknown"], "urn:unknown": true } }),
  oversized: (issuer) => signToken(issuer, { claims: { padding: "x".repeat(13_000) } }),
} as const satisfies Record<string, Forge>;

export type ForgeryName = keyof typeof FORGERIES;

/** Makes the named forgery; `otherIssuer` is one whose keys must not count for `issuer`. */
export async function forge(name: ForgeryName, issuer: Issuer, otherIssuer: Issuer): Promise<string> {
  const make: Forge = FORGERIES[name];
  return make(issuer, otherIssuer);
}

function headerOf(issuer: Issuer): string {
  return decodePart(signToken(issuer), 0);
}

function claimsOf(issuer: Issuer, claims: Record<string, unknown> = {}): string {
  return decodePart(signToken(issuer, { claims }), 1);
}

function decodePart(token: string, index: number): string {
  return Buffer.from(token.split(".")[index] ?? "", "base64url").toString();
}

function replacePart(token: string, index: number, change: (part: string) => string): string {
  return token
    .split(".")
    .map((part, at) => (at === index ? change(part) : part))
    .join(".");
}

/** Another spelling of the same bytes: 256 bytes leave four unused bits in the last character. */
function setUnusedBits(part: string): string {
  const alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
  const last = alphabet.indexOf(part.slice(-1));
  return part.slice(0, -1) + alphabet.charAt(last | 1);
}

function replaceSignature(
  issuer: Issuer,
  algorithm: IssuerAlgorithm,
  change: (signature: Buffer, signed: string) => Buffer,
): string {
  const [header, claims] = signToken(issuer, { algorithm }).split(".");
  const signed = `${header}.${claims}`;
  return `${signed}.${change(signBytes(issuer, algorithm, signed), signed).toString("base64url")}`;
}

function hmacWithPublicKey(issuer: Issuer): string {
  const pem = createPublicKey({ key: issuer.signingKey("RS256"), format: "jwk" }).export({
    type: "spki",
    format: "pem",
  });
  const [header, claims] = signToken(issuer, { header: { alg: "HS256" } }).split(".");
  const signed = `${header}.${claims}`;
  return `${signed}.${createHmac("sha256", pem).update(signed).digest("base64url")}`;
}

function encryptToken(issuer: Issuer): Promise<string> {
  const key = createPublicKey({ key: issuer.signingKey("RS256"), format: "jwk" });
  return new CompactEncrypt(Buffer.from(signToken(issuer)))
    .setProtectedHeader({ alg: "RSA-OAEP-256", enc: "A256GCM", cty: "JWT" })
    .encrypt(key);
}

/** A JWS signature algorithm (RFC 7518, section 3.1) that Tollgate verifies. */
export type Algorithm = "RS256" | "RS384" | "RS512" | "ES256" | "ES384" | "ES512";

/** What one algorithm needs of a key. */
export interface AlgorithmInfo {
  name: Algorithm;
  /** `kty` of the JWK (RFC 7518, section 6.1). */
  keyType: "RSA" | "EC";
  /** `crv` of an EC key (RFC 7518, section 6.2.1.1). */
  curve?: "P-256" | "P-384" | "P-521";
}

/** Every supported algorithm, in the order in which lists of algorithms are written. */
export const ALGORITHMS: readonly AlgorithmInfo[] = [
  { name: "RS256", keyType: "RSA" },
  { name: "RS384", keyType: "RSA" },
  { name: "RS512", keyType: "RSA" },
  { name: "ES256", keyType: "EC", curve: "P-256" },
  { name: "ES384", keyType: "EC", curve: "P-384" },
  { name: "ES512", keyType: "EC", curve: "P-521" },
];

/** The names of `ALGORITHMS`, in the same order. */
export const ALGORITHM_NAMES: readonly Algorithm[] = ALGORITHMS.map((algorithm) => algorithm.name);

/** A JWS signature algorithm (RFC 7518, section 3.1; RFC 8037, section 3.1) that Tollgate verifies. */
export type Algorithm =
  | "RS256"
  | "RS384"
  | "RS512"
  | "ES256"
  | "ES384"
  | "ES512"
  | "PS256"
  | "PS384"
  | "PS512"
  | "EdDSA";

/** What one algorithm needs of a key. */
export interface AlgorithmInfo {
  name: Algorithm;
  /** `kty` of the JWK (RFC 7518, section 6.1; RFC 8037, section 2). */
  keyType: "RSA" | "EC" | "OKP";
  /** `crv` of an EC key (RFC 7518, section 6.2.1.1) or an OKP key (RFC 8037, section 2). */
  curve?: "P-256" | "P-384" | "P-521" | "Ed25519";
}

/** Every supported algorithm, in the order in which lists of algorithms are written. */
export const ALGORITHMS: readonly AlgorithmInfo[] = [
  { name: "RS256", keyType: "RSA" },
  { name: "RS384", keyType: "RSA" },
  { name: "RS512", keyType: "RSA" },
  { name: "ES256", keyType: "EC", curve: "P-256" },
  { name: "ES384", keyType: "EC", curve: "P-384" },
  { name: "ES512", keyType: "EC", curve: "P-521" },
  { name: "PS256", keyType: "RSA" },
  { name: "PS384", keyType: "RSA" },
  { name: "PS512", keyType: "RSA" },
  { name: "EdDSA", keyType: "OKP", curve: "Ed25519" },
];

/** The names of `ALGORITHMS`, in the same order. */
export const ALGORITHM_NAMES: readonly Algorithm[] = ALGORITHMS.map((algorithm) => algorithm.name);

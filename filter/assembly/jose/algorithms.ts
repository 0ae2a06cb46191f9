/** The table of signature algorithms (RFC 7518, section 3.1; RFC 8037, section 3.1): all that the verifier has to know of each. */

import { equalsString } from "../bytes/slice";
import { ALG_NAMES, Alg } from "../contract";

/** The algorithm of that name, or -1. */
export function algorithmOf(name: usize, length: i32): i32 {
  for (let i = 0; i < ALG_NAMES.length; i++) {
    if (equalsString(name, length, unchecked(ALG_NAMES[i]))) return i;
  }
  return -1;
}

/** The bit of an algorithm in an allow-list. */
export function algorithmBit(algorithm: i32): u32 {
  return (<u32>1) << algorithm;
}

/** Bytes of the hash. EdDSA brings its own. */
export function hashLength(algorithm: i32): i32 {
  if (algorithm == Alg.RS256 || algorithm == Alg.ES256 || algorithm == Alg.PS256) return 32;
  if (algorithm == Alg.RS384 || algorithm == Alg.ES384 || algorithm == Alg.PS384) return 48;
  return 64;
}

/** Name of the hash as the host's `verify_signature` takes it. */
export function hashName(algorithm: i32): string {
  const length = hashLength(algorithm);
  if (length == 32) return "sha256";
  return length == 48 ? "sha384" : "sha512";
}

/** Whether an RSA algorithm pads by PSS (RFC 7518, section 3.5). */
export function isPss(algorithm: i32): bool {
  return algorithm == Alg.PS256 || algorithm == Alg.PS384 || algorithm == Alg.PS512;
}

/** Bytes of one coordinate of an ECDSA signature (RFC 7518, section 3.4), or 0 for all else. */
export function coordinateLength(algorithm: i32): i32 {
  if (algorithm == Alg.ES256) return 32;
  if (algorithm == Alg.ES384) return 48;
  return algorithm == Alg.ES512 ? 66 : 0;
}

/** The table of signature algorithms (RFC 7518, section 3.1): all that the verifier has to know of each. */

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

/** Name of the hash as the host's `verify_signature` takes it. */
export function hashName(algorithm: i32): string {
  if (algorithm == Alg.RS256 || algorithm == Alg.ES256) return "sha256";
  if (algorithm == Alg.RS384 || algorithm == Alg.ES384) return "sha384";
  return "sha512";
}

/** Bytes of one coordinate of an ECDSA signature (RFC 7518, section 3.4), or 0 for RSA. */
export function coordinateLength(algorithm: i32): i32 {
  if (algorithm == Alg.ES256) return 32;
  if (algorithm == Alg.ES384) return 48;
  return algorithm == Alg.ES512 ? 66 : 0;
}

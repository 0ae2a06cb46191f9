/** RSA verification: RSAVP1 and RSASSA-PKCS1-v1_5 (RFC 8017, sections 5.2.2 and 8.2.2). */
import { Arena, allocateIn } from "../bytes/arena";
import { equalBytes } from "../bytes/slice";
import { LIMB_BITS } from "./limbs";
import { createModulus, Modulus, operand, raise } from "./montgomery";
import { compareNumbers, readBigEndian, writeBigEndian } from "./numbers";
import { hash } from "./sha2";

const MIN_MODULUS_BITS: i32 = 2048;
const MAX_MODULUS_BITS: i32 = 8192;

@unmanaged
export class RsaKey {
  modulus: Modulus;
  /** Odd, at least 3. */
  exponent: u32;
  /** Bytes of the modulus and of a signature. */
  length: i32;
}

/** The bytes that the last `recover` made out of a signature, as many as the modulus has. */
export const recovered: usize = memory.data(1024, 8);
const digest: usize = memory.data(64, 8);

/** DigestInfo of SHA-256 in DER up to the hash (RFC 8017, section 9.2, note 1); others differ in three bytes. */
const DIGEST_INFO: usize = memory.data<u8>([
  0x30, 0x31, 0x30, 0x0d, 0x06, 0x09, 0x60, 0x86, 0x48, 0x01, 0x65, 0x03, 0x04, 0x02, 0x01, 0x05, 0x00, 0x04,
  0x20,
]);
const DIGEST_INFO_BYTES: i32 = 19;

/**
 * A key from modulus and exponent, big-endian without leading zeros. Null where the modulus is even or has not 2048
 * to 8192 bits, or the exponent is even, 1, or above 2^32.
 */
export function createRsaKey(arena: Arena, n: usize, nLength: i32, e: usize, eLength: i32): RsaKey {
  const none = changetype<RsaKey>(0);
  if (nLength < MIN_MODULUS_BITS >> 3 || nLength > MAX_MODULUS_BITS >> 3 || eLength > 4) return none;
  const bits = (nLength << 3) - <i32>clz(<u32>load<u8>(n)) + 24;
  if (bits < MIN_MODULUS_BITS) return none;
  let exponent: u32 = 0;
  for (let i = 0; i < eLength; i++) exponent = (exponent << 8) | <u32>load<u8>(e + i);
  if (exponent < 3 || (exponent & 1) == 0) return none;
  const modulus = createModulus(arena, n, nLength, bits);
  if (changetype<usize>(modulus) == 0) return none;
  const key = changetype<RsaKey>(allocateIn(arena, offsetof<RsaKey>()));
  key.modulus = modulus;
  key.exponent = exponent;
  key.length = nLength;
  return key;
}

/**
 * Applies RSAVP1 (RFC 8017, section 5.2.2) and leaves the message representative in `recovered`. False where the
 * signature has not the length of the modulus or is not below it.
 */
export function recover(key: RsaKey, signature: usize, length: i32): bool {
  if (length != key.length) return false;
  const count = key.modulus.count;
  readBigEndian(signature, length, LIMB_BITS, operand, count);
  if (compareNumbers(operand, key.modulus.limbs, count) >= 0) return false;
  writeBigEndian(raise(key.modulus, key.exponent), count, LIMB_BITS, recovered, length);
  return true;
}

/** Whether a signature is right by RSASSA-PKCS1-v1_5 (RFC 8017, section 8.2.2) with a hash of `hashLength` bytes. */
export function verifyPkcs1(
  key: RsaKey,
  hashLength: i32,
  text: usize,
  textLength: i32,
  signature: usize,
  length: i32,
): bool {
  if (!recover(key, signature, length)) return false;
  const end = recovered + length;
  if (!isPadding(end - hashLength - DIGEST_INFO_BYTES)) return false;
  if (!isDigestInfo(end - hashLength - DIGEST_INFO_BYTES, hashLength)) return false;
  hash(hashLength, text, textLength, digest);
  return equalBytes(digest, hashLength, end - hashLength, hashLength);
}

/** Whether 00 01 FF … FF 00 stands in front of `end` (RFC 8017, section 9.2 step 5). */
function isPadding(end: usize): bool {
  if (load<u8>(recovered) != 0x00 || load<u8>(recovered, 1) != 0x01) return false;
  for (let at = recovered + 2; at < end - 1; at++) {
    if (load<u8>(at) != 0xff) return false;
  }
  return load<u8>(end - 1) == 0x00;
}

/** Whether DigestInfo with the identifier of that hash, its parameters NULL, stands at `at`. */
function isDigestInfo(at: usize, hashLength: i32): bool {
  for (let i = 0; i < DIGEST_INFO_BYTES; i++) {
    let expected = <i32>load<u8>(DIGEST_INFO + i);
    if (i == 1) expected = DIGEST_INFO_BYTES - 2 + hashLength;
    else if (i == 14) expected = (hashLength >> 4) - 1;
    else if (i == 18) expected = hashLength;
    if (<i32>load<u8>(at + i) != expected) return false;
  }
  return true;
}

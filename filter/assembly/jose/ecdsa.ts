/** ECDSA signatures: from the two coordinates of JOSE (RFC 7518, section 3.4) to DER (RFC 3279, section 2.2.3). */
import { Alg } from "../contract";
import { coordinateLength } from "./algorithms";

/** Most bytes that `writeDerSignature` writes: two coordinates of 66 bytes, their signs and their headers. */
export const MAX_DER_SIGNATURE: i32 = 144;

/** Orders of the base points (FIPS 186-4, D.1.2), big-endian. */
const P256_ORDER: usize = memory.data<u8>([
  0xff, 0xff, 0xff, 0xff, 0x00, 0x00, 0x00, 0x00, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xbc, 0xe6,
  0xfa, 0xad, 0xa7, 0x17, 0x9e, 0x84, 0xf3, 0xb9, 0xca, 0xc2, 0xfc, 0x63, 0x25, 0x51,
]);
const P384_ORDER: usize = memory.data<u8>([
  0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff,
  0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xc7, 0x63, 0x4d, 0x81, 0xf4, 0x37, 0x2d, 0xdf, 0x58, 0x1a, 0x0d, 0xb2,
  0x48, 0xb0, 0xa7, 0x7a, 0xec, 0xec, 0x19, 0x6a, 0xcc, 0xc5, 0x29, 0x73,
]);
const P521_ORDER: usize = memory.data<u8>([
  0x01, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff,
  0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xfa, 0x51, 0x86,
  0x87, 0x83, 0xbf, 0x2f, 0x96, 0x6b, 0x7f, 0xcc, 0x01, 0x48, 0xf7, 0x09, 0xa5, 0xd0, 0x3b, 0xb5, 0xc9, 0xb8,
  0x89, 0x9c, 0x47, 0xae, 0xbb, 0x6f, 0xb7, 0x1e, 0x91, 0x38, 0x64, 0x09,
]);

function orderOf(algorithm: i32): usize {
  if (algorithm == Alg.ES256) return P256_ORDER;
  return algorithm == Alg.ES384 ? P384_ORDER : P521_ORDER;
}

/** Whether a coordinate lies in [1, n-1] (FIPS 186-4, 6.4.2 step 1). */
function isInRange(at: usize, length: i32, order: usize): bool {
  let bits: u8 = 0;
  for (let i = 0; i < length; i++) bits |= load<u8>(at + i);
  if (bits == 0) return false;
  for (let i = 0; i < length; i++) {
    const digit = load<u8>(at + i);
    const bound = load<u8>(order + i);
    if (digit != bound) return digit < bound;
  }
  return false;
}

/** Leading zero bytes of a coordinate that is not zero. */
function leadingZeros(at: usize, length: i32): i32 {
  let i = 0;
  while (i < length - 1 && load<u8>(at + i) == 0) i++;
  return i;
}

/** Writes a coordinate as a DER INTEGER: shortest form, a zero byte in front where the first bit is set. */
function writeInteger(at: usize, length: i32, target: usize): usize {
  const zeros = leadingZeros(at, length);
  const significant = length - zeros;
  const sign = <i32>(load<u8>(at + zeros) >> 7);
  store<u8>(target, 0x02);
  store<u8>(target, <u8>(sign + significant), 1);
  store<u8>(target, 0, 2);
  memory.copy(target + 2 + sign, at + zeros, significant);
  return target + 2 + sign + significant;
}

/**
 * Writes the DER form of a signature to `target`, which has room for `MAX_DER_SIGNATURE` bytes. Returns its length,
 * or 0 where the signature has not exactly two coordinates or one of them is out of range.
 */
export function writeDerSignature(algorithm: i32, signature: usize, length: i32, target: usize): i32 {
  const half = coordinateLength(algorithm);
  if (half == 0 || length != half << 1) return 0;
  const order = orderOf(algorithm);
  if (!isInRange(signature, half, order) || !isInRange(signature + half, half, order)) return 0;
  const integers = target + 3;
  const second = writeInteger(signature, half, integers);
  const content = <i32>(writeInteger(signature + half, half, second) - integers);
  const header = content < 0x80 ? 2 : 3;
  store<u8>(target, 0x30);
  store<u8>(target, 0x81, 1);
  store<u8>(target + header - 1, <u8>content);
  if (header == 2) memory.copy(target + 2, integers, content);
  return header + content;
}

/** A view of bytes that somebody else owns, and the comparisons and hashes of such views. */

@unmanaged
export class Slice {
  at: usize;
  length: i32;
}

/** Whether two byte ranges are equal. */
export function equalBytes(a: usize, aLength: i32, b: usize, bLength: i32): bool {
  if (aLength != bLength) return false;
  let i = 0;
  for (; i <= aLength - 8; i += 8) {
    if (load<u64>(a + i) != load<u64>(b + i)) return false;
  }
  for (; i < aLength; i++) {
    if (load<u8>(a + i) != load<u8>(b + i)) return false;
  }
  return true;
}

/** Whether a byte range spells an ASCII string of the program itself. */
export function equalsString(at: usize, length: i32, text: string): bool {
  if (length != text.length) return false;
  for (let i = 0; i < length; i++) {
    if (<i32>load<u8>(at + i) != text.charCodeAt(i)) return false;
  }
  return true;
}

/** Whether bytes are those of a lower-case text, upper-case ASCII letters taken as lower-case ones. */
export function equalsIgnoringCase(at: usize, lowerAt: usize, length: i32): bool {
  for (let i = 0; i < length; i++) {
    if (lowerCase(load<u8>(at + i)) != load<u8>(lowerAt + i)) return false;
  }
  return true;
}

/** The lower-case form of an ASCII letter; other bytes as they are. */
export function lowerCase(byte: u8): u8 {
  return byte >= 0x41 && byte <= 0x5a ? byte | 0x20 : byte;
}

const HASH_MULTIPLIER: u64 = 0x9e37_79b9_7f4a_7c15;

/** A 64-bit hash of a byte range, for tables; not for security. */
export function hashBytes(at: usize, length: i32): u64 {
  let hash: u64 = <u64>length * HASH_MULTIPLIER;
  let i = 0;
  for (; i <= length - 8; i += 8) hash = mix(hash, load<u64>(at + i));
  let tail: u64 = 0;
  for (; i < length; i++) tail = (tail << 8) | <u64>load<u8>(at + i);
  return mix(hash, tail);
}

function mix(hash: u64, word: u64): u64 {
  const mixed = (hash ^ word) * HASH_MULTIPLIER;
  return mixed ^ (mixed >> 32);
}

/**
 * Numbers as little-endian sequences of limbs, `bits` each (at most 27) in 32-bit words, from and to bytes.
 * A number of `count` limbs lies in [0, 2^(bits * count)).
 */

/** Reads a big-endian number (RFC 8017, section 4.2); what does not fit `count` limbs is lost. */
export function readBigEndian(at: usize, length: i32, bits: i32, target: usize, count: i32): void {
  readBytes(at + length - 1, -1, length, bits, target, count);
}

/** Reads a little-endian number (RFC 8032, section 5.1.2); what does not fit `count` limbs is lost. */
export function readLittleEndian(at: usize, length: i32, bits: i32, target: usize, count: i32): void {
  readBytes(at, 1, length, bits, target, count);
}

function readBytes(byte: usize, step: i32, length: i32, bits: i32, target: usize, count: i32): void {
  const mask = ((<u64>1) << bits) - 1;
  let pending: u64 = 0;
  let have = 0;
  for (let limb = 0; limb < count; limb++) {
    for (; have < bits && length > 0; length--, have += 8) {
      pending |= (<u64>load<u8>(byte)) << have;
      byte += step;
    }
    store<u32>(target + ((<usize>limb) << 2), <u32>(pending & mask));
    pending >>= bits;
    have = max(have - bits, 0);
  }
}

/** Writes the lowest `length` bytes of a number, the most significant first (RFC 8017, section 4.1). */
export function writeBigEndian(limbs: usize, count: i32, bits: i32, target: usize, length: i32): void {
  writeBytes(limbs, count, bits, target + length - 1, -1, length);
}

/** Writes the lowest `length` bytes of a number, the least significant first. */
export function writeLittleEndian(limbs: usize, count: i32, bits: i32, target: usize, length: i32): void {
  writeBytes(limbs, count, bits, target, 1, length);
}

function writeBytes(limbs: usize, count: i32, bits: i32, byte: usize, step: i32, length: i32): void {
  let pending: u64 = 0;
  let have = 0;
  let limb = 0;
  for (let i = 0; i < length; i++) {
    if (have < 8 && limb < count) {
      pending |= (<u64>load<u32>(limbs + ((<usize>limb) << 2))) << have;
      have += bits;
      limb++;
    }
    store<u8>(byte, <u8>pending);
    byte += step;
    pending >>= 8;
    have = max(have - 8, 0);
  }
}

/** Compares two numbers of `count` limbs: negative where a < b, 0 where they are equal, else positive. */
export function compareNumbers(a: usize, b: usize, count: i32): i32 {
  for (let i = (<usize>count) << 2; i > 0; i -= 4) {
    const left = load<u32>(a + i - 4);
    const right = load<u32>(b + i - 4);
    if (left != right) return left < right ? -1 : 1;
  }
  return 0;
}

/** Subtracts b from a in place; a >= b. */
export function subtractNumber(a: usize, b: usize, bits: i32, count: i32): void {
  const mask = (1 << bits) - 1;
  let borrow: i32 = 0;
  const end = (<usize>count) << 2;
  for (let i: usize = 0; i < end; i += 4) {
    const difference = load<i32>(a + i) - load<i32>(b + i) + borrow;
    store<i32>(a + i, difference & mask);
    borrow = difference >> bits;
  }
}

/** Whether all limbs are zero. */
export function isZeroNumber(a: usize, count: i32): bool {
  let bits: u32 = 0;
  const end = (<usize>count) << 2;
  for (let i: usize = 0; i < end; i += 4) bits |= load<u32>(a + i);
  return bits == 0;
}

/** Arithmetic modulo p = 2^255 - 19 (RFC 8032, section 5.1) on the numbers of `limbs26`. */
import { carry, columns, copy, LIMB_BITS, LIMB_MASK, LIMBS, multiplyColumns, squareColumns } from "./limbs26";
import { isZeroNumber, readLittleEndian, writeLittleEndian } from "./numbers";

/** 2^260 modulo p. */
const FOLD: i64 = 608;
/** 2^255 modulo p, and the place of that bit in the highest limb. */
const TOP_FOLD: i32 = 19;
const TOP_BITS: i32 = 21;
const TOP_MASK: i32 = 0x1fffff;

const canonical: usize = memory.data(40, 8);
const chain: usize = memory.data(40, 8);
const factor: usize = memory.data(40, 8);

/** a * b; limbs of the result lie in (-2^25, 2^27). */
export function multiply(target: usize, a: usize, b: usize): void {
  multiplyColumns(a, b);
  reduce(target);
}

/** a * a, with limbs as in `multiply`. */
export function square(target: usize, a: usize): void {
  squareColumns(a);
  reduce(target);
}

/** Reduces the columns: carries them, folds those from 2^260 on, and carries again. */
function reduce(target: usize): void {
  let high: i64 = 0;
  for (let i: usize = 0; i < 152; i += 8) {
    const column = load<i64>(columns + i) + high;
    store<i64>(columns + i, column & LIMB_MASK);
    high = column >> LIMB_BITS;
  }
  store<i64>(columns, high, 152);
  let carried: i64 = 0;
  for (let i: usize = 0; i < 40; i += 4) {
    const at = columns + (i << 1);
    const column = load<i64>(at) + load<i64>(at, 80) * FOLD + carried;
    store<i32>(target + i, <i32>(column & LIMB_MASK));
    carried = column >> LIMB_BITS;
  }
  store<i32>(target, load<i32>(target) + <i32>(carried * FOLD));
}

/** a^(2^n); n is at least 1. */
function squareTimes(target: usize, a: usize, n: i32): void {
  square(target, a);
  for (let i = 1; i < n; i++) square(target, target);
}

/** a^(2^n - 1) in `chain`, for n of at least 1: doubles the number of ones in the exponent, from the top bit of n. */
function raiseToOnes(a: usize, n: i32): void {
  copy(chain, a);
  let ones = 1;
  for (let bit = 30 - <i32>clz(<u32>n); bit >= 0; bit--) {
    copy(factor, chain);
    squareTimes(chain, chain, ones);
    multiply(chain, chain, factor);
    ones <<= 1;
    if (((n >> bit) & 1) == 0) continue;
    square(chain, chain);
    multiply(chain, chain, a);
    ones += 1;
  }
}

/** a^(p - 2) = 1/a, or 0 for 0; the exponent is (2^250 - 1) * 2^5 + 11. */
export function invert(target: usize, a: usize): void {
  raiseToOnes(a, 250);
  square(factor, a);
  squareTimes(target, factor, 2);
  multiply(factor, factor, target);
  multiply(factor, factor, a);
  squareTimes(chain, chain, 5);
  multiply(target, chain, factor);
}

/** a^((p - 5) / 8) for the square root (RFC 8032, section 5.1.3 step 3); the exponent is (2^250 - 1) * 2^2 + 1. */
export function raiseForRoot(target: usize, a: usize): void {
  raiseToOnes(a, 250);
  squareTimes(chain, chain, 2);
  multiply(target, chain, a);
}

/** The representative of a in [0, p), every limb in [0, 2^26), valid until the next call. */
export function canonicalOf(a: usize): usize {
  copy(canonical, a);
  for (let i = 0; i < 3; i++) foldTop();
  carry(canonical);
  copy(chain, canonical);
  store<i32>(chain, load<i32>(chain) + TOP_FOLD);
  carry(chain);
  const top = load<i32>(chain, 36);
  if (top >> TOP_BITS == 0) return canonical;
  store<i32>(chain, top & TOP_MASK, 36);
  copy(canonical, chain);
  return canonical;
}

/** Carries, and folds what is from 2^255 on; after three times the number lies in [0, 2^255). */
function foldTop(): void {
  carry(canonical);
  const top = load<i32>(canonical, 36);
  store<i32>(canonical, top & TOP_MASK, 36);
  store<i32>(canonical, load<i32>(canonical) + (top >> TOP_BITS) * TOP_FOLD);
}

/** Reads 255 bits of 32 little-endian bytes (RFC 8032, section 5.1.2); the last bit is the sign of x. */
export function fromBytes(target: usize, bytes: usize): void {
  readLittleEndian(bytes, 32, LIMB_BITS, target, LIMBS);
  store<i32>(target, load<i32>(target, 36) & TOP_MASK, 36);
}

/** Writes the representative in [0, p) as 32 little-endian bytes. */
export function toBytes(a: usize, bytes: usize): void {
  writeLittleEndian(canonicalOf(a), LIMBS, LIMB_BITS, bytes, 32);
}

/** Whether a is 0 modulo p. */
export function isZero(a: usize): bool {
  return isZeroNumber(canonicalOf(a), LIMBS);
}

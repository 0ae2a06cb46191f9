/**
 * Arithmetic modulo p = 2^256 - 2^224 + 2^192 + 2^96 - 1 (FIPS 186-5, NIST SP 800-186, section 3.2.1.3) in
 * Montgomery's form with R = 2^260 on the numbers of `limbs26`. Since p is -1 modulo 2^96, the reduction shifts
 * instead of multiplying. In multiples of p, a product of a and b lies in [-|ab|/16, 1 + |ab|/16].
 */
import {
  add,
  carry,
  columns,
  copy,
  LIMB_BITS,
  LIMB_MASK,
  LIMBS,
  multiplyColumns,
  squareColumns,
} from "./limbs26";
import { compareNumbers, isZeroNumber, readBigEndian, subtractNumber } from "./numbers";

export const P: usize = memory.data<i32>([
  0x3ffffff, 0x3ffffff, 0x3ffffff, 0x003ffff, 0x0000000, 0x0000000, 0x0000000, 0x0000400, 0x3ff0000,
  0x03fffff,
]);
/** R modulo p: 1 in Montgomery's form. */
export const ONE: usize = memory.data<i32>([
  0x0000010, 0x0000000, 0x0000000, 0x3c00000, 0x3ffffff, 0x3ffffff, 0x3ffffff, 0x3ffbfff, 0x00fffff,
  0x0000000,
]);
/** R^2 modulo p. */
const R_SQUARE: usize = memory.data<i32>([
  0x0000300, 0x0000000, 0x3f00000, 0x3ffffff, 0x3fffffb, 0x3ffffbf, 0x3ffffff, 0x3f7ffff, 0x0ffffff,
  0x0000001,
]);
/** Where the bit 2^256 stands in the highest limb. */
const TOP_BITS: i32 = 22;

const canonical: usize = memory.data(40, 8);

/** a * b / R; every limb but the highest in [0, 2^26). */
export function multiply(target: usize, a: usize, b: usize): void {
  multiplyColumns(a, b);
  reduce(target);
}

/** a * a / R, with limbs as in `multiply`. */
export function square(target: usize, a: usize): void {
  squareColumns(a);
  reduce(target);
}

function reduce(target: usize): void {
  let carried: i64 = 0;
  for (let at = columns; at < columns + 80; at += 8) {
    const column = load<i64>(at) + carried;
    const digit = column & LIMB_MASK;
    carried = column >> LIMB_BITS;
    store<i64>(at, load<i64>(at, 24) + (digit << 18), 24);
    store<i64>(at, load<i64>(at, 56) + (digit << 10), 56);
    store<i64>(at, load<i64>(at, 64) - (digit << 16), 64);
    store<i64>(at, load<i64>(at, 72) + (digit << 22), 72);
  }
  for (let i: usize = 0; i < 36; i += 4) {
    const column = load<i64>(columns + 80 + (i << 1)) + carried;
    store<i32>(target + i, <i32>(column & LIMB_MASK));
    carried = column >> LIMB_BITS;
  }
  store<i32>(target, <i32>carried, 36);
}

/** Carries a number below 32 p in size and takes it to [-0.01 p, 1.01 p]. */
export function tighten(a: usize): void {
  carry(a);
  const times = load<i32>(a, 36) >> TOP_BITS;
  store<i32>(a, load<i32>(a) + times);
  store<i32>(a, load<i32>(a, 12) - (times << 18), 12);
  store<i32>(a, load<i32>(a, 28) - (times << 10), 28);
  store<i32>(a, load<i32>(a, 32) + (times << 16), 32);
  store<i32>(a, load<i32>(a, 36) - (times << TOP_BITS), 36);
}

/** The representative of a, below 32 p in size, in [0, p), valid until the next call. */
function canonicalOf(a: usize): usize {
  copy(canonical, a);
  tighten(canonical);
  carry(canonical);
  if (load<i32>(canonical, 36) < 0) {
    add(canonical, canonical, P);
    carry(canonical);
  } else if (compareNumbers(canonical, P, LIMBS) >= 0) {
    subtractNumber(canonical, P, LIMB_BITS, LIMBS);
  }
  return canonical;
}

/** Whether a is 0 modulo p. */
export function isZero(a: usize): bool {
  return isZeroNumber(canonicalOf(a), LIMBS);
}

/** Takes a number in [0, p) into Montgomery's form. */
export function enterForm(target: usize, a: usize): void {
  multiply(target, a, R_SQUARE);
}

/** Reads 32 big-endian bytes into Montgomery's form; false where they are not below p. */
export function fromBytes(target: usize, bytes: usize): bool {
  readBigEndian(bytes, 32, LIMB_BITS, target, LIMBS);
  if (compareNumbers(target, P, LIMBS) >= 0) return false;
  enterForm(target, target);
  return true;
}

/**
 * Arithmetic modulo an odd number N after Montgomery (Handbook of Applied Cryptography, algorithm 14.32) with
 * R = 2^(27 * count) >= 4 N. Factors and products are below 2 N, which needs no subtraction in between.
 */
import { Arena, allocateIn } from "../bytes/arena";
import {
  addRows,
  columns,
  GUARD_BYTES,
  LIMB_BITS,
  LIMB_MASK,
  MAX_LIMBS,
  multiplyLimbs,
  squareLimbs,
} from "./limbs";
import { compareNumbers, readBigEndian, subtractNumber } from "./numbers";

@unmanaged
export class Modulus {
  bits: i32;
  /** Limbs of N: a multiple of four with two bits to spare. */
  count: i32;
  limbs: usize;
  /** -1/N modulo 2^27. */
  inverse: u32;
  /** R^2 modulo N, made when the modulus is used for the first time. */
  square: usize;
  hasSquare: bool;
}

/** The four digits of one step of the reduction. */
const digits: usize = memory.data(16, 16);

const guardedOperand: usize = memory.data(1232, 16);
const guardedTransformed: usize = memory.data(1232, 16);

/** The number that `raise` takes: `MAX_LIMBS` limbs. */
export const operand: usize = guardedOperand + GUARD_BYTES;
/** It in Montgomery's form. */
const transformed: usize = guardedTransformed + GUARD_BYTES;
const power: usize = memory.data(1216, 16);

/** A modulus of `bits` bits from its `length` big-endian bytes; null where it is even or has too many bits. */
export function createModulus(arena: Arena, at: usize, length: i32, bits: i32): Modulus {
  const limbs = (bits + 2 + LIMB_BITS - 1) / LIMB_BITS;
  const count = (limbs + 3) & ~3;
  if (count > MAX_LIMBS || (load<u8>(at + length - 1) & 1) == 0) return changetype<Modulus>(0);
  const modulus = changetype<Modulus>(allocateIn(arena, offsetof<Modulus>()));
  modulus.bits = bits;
  modulus.count = count;
  modulus.limbs = allocateIn(arena, (<usize>count) << 2);
  modulus.square = allocateIn(arena, (<usize>count) << 2);
  readBigEndian(at, length, LIMB_BITS, modulus.limbs, count);
  modulus.inverse = negativeInverse(load<u32>(modulus.limbs));
  return modulus;
}

/** -1/n modulo 2^27 for an odd n, by Newton's iteration: each step doubles the number of right bits, from 3 on. */
function negativeInverse(n: u32): u32 {
  let inverse: u32 = n;
  for (let i = 0; i < 4; i++) inverse *= 2 - n * inverse;
  return (0 - inverse) & <u32>LIMB_MASK;
}

/** Reduces the columns, below 4 N^2, to columns / R modulo N at `target`, below 2 N. */
function reduce(modulus: Modulus, target: usize): void {
  const count = modulus.count;
  const end = columns + ((<usize>count) << 3);
  for (let column = columns; column < end; column += 32) {
    const carry = findDigits(column, modulus.limbs, modulus.inverse);
    store<u64>(column, load<u64>(column, 32) + carry, 32);
    addRows(column + 32, digits, modulus.limbs + 16, count - 4);
  }
  let carry: u64 = 0;
  for (let i = 0; i < count; i++) {
    const column = load<u64>(end + ((<usize>i) << 3)) + carry;
    store<u32>(target + ((<usize>i) << 2), <u32>(column & LIMB_MASK));
    carry = column >> LIMB_BITS;
  }
}

/** Sets the four digits m for which m * N takes away the four columns from `at` on; returns what they carry. */
function findDigits(at: usize, n: usize, inverse: u32): u64 {
  const n0 = <u64>load<u32>(n);
  const n1 = <u64>load<u32>(n, 4);
  const n2 = <u64>load<u32>(n, 8);
  const n3 = <u64>load<u32>(n, 12);
  let column = load<u64>(at);
  const m0 = digit(column, inverse);
  column = ((column + m0 * n0) >> LIMB_BITS) + load<u64>(at, 8) + m0 * n1;
  const m1 = digit(column, inverse);
  column = ((column + m1 * n0) >> LIMB_BITS) + load<u64>(at, 16) + m0 * n2 + m1 * n1;
  const m2 = digit(column, inverse);
  column = ((column + m2 * n0) >> LIMB_BITS) + load<u64>(at, 24) + m0 * n3 + m1 * n2 + m2 * n1;
  const m3 = digit(column, inverse);
  store<u32>(digits, <u32>m0);
  store<u32>(digits, <u32>m1, 4);
  store<u32>(digits, <u32>m2, 8);
  store<u32>(digits, <u32>m3, 12);
  return (column + m3 * n0) >> LIMB_BITS;
}

function digit(column: u64, inverse: u32): u64 {
  const product = <u32>column * inverse;
  return <u64>(product & <u32>LIMB_MASK);
}

function reduceOnce(modulus: Modulus, number: usize): void {
  if (compareNumbers(number, modulus.limbs, modulus.count) >= 0) {
    subtractNumber(number, modulus.limbs, LIMB_BITS, modulus.count);
  }
}

/** Doubles a number below N modulo N. */
function double(modulus: Modulus, number: usize): void {
  let carry: u32 = 0;
  for (let i: usize = 0; i < (<usize>modulus.count) << 2; i += 4) {
    const limb = (load<u32>(number + i) << 1) | carry;
    store<u32>(number + i, limb & <u32>LIMB_MASK);
    carry = limb >> LIMB_BITS;
  }
  reduceOnce(modulus, number);
}

/** Makes R^2 modulo N from 2^(bits - 1) < N, by doubling up to 2 R and then to the exponent of R from its top bit. */
function makeSquare(modulus: Modulus): void {
  const square = modulus.square;
  const exponent = modulus.count * LIMB_BITS;
  const top = modulus.bits - 1;
  store<u32>(square + ((<usize>(top / LIMB_BITS)) << 2), (<u32>1) << (top % LIMB_BITS));
  for (let i = top; i <= exponent; i++) double(modulus, square);
  for (let bit = 30 - clz(exponent); bit >= 0; bit--) {
    squareLimbs(square, modulus.count);
    reduce(modulus, square);
    reduceOnce(modulus, square);
    if (((exponent >> bit) & 1) != 0) double(modulus, square);
  }
  modulus.hasSquare = true;
}

/**
 * Raises `operand`, below N, to an odd exponent of at least 3, from its top bit. Returns the power, in [0, N), until
 * the next call overwrites it. The last factor is not in Montgomery's form, which takes the power out of it.
 */
export function raise(modulus: Modulus, exponent: u32): usize {
  if (!modulus.hasSquare) makeSquare(modulus);
  const count = modulus.count;
  multiplyLimbs(modulus.square, operand, count);
  reduce(modulus, transformed);
  memory.copy(power, transformed, (<usize>count) << 2);
  for (let bit = 30 - <i32>clz(exponent); bit > 0; bit--) {
    squareLimbs(power, count);
    reduce(modulus, power);
    if (((exponent >> bit) & 1) == 0) continue;
    multiplyLimbs(power, transformed, count);
    reduce(modulus, power);
  }
  squareLimbs(power, count);
  reduce(modulus, power);
  multiplyLimbs(power, operand, count);
  reduce(modulus, power);
  reduceOnce(modulus, power);
  return power;
}

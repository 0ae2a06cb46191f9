/**
 * Products of long numbers in limbs of 27 bits. Columns of a product are 64-bit words that are not carried: with at
 * most 304 limbs two products fit into a column (2 * 304 * 2^54 < 2^64). Counts of limbs are multiples of four.
 */

export const LIMB_BITS: i32 = 27;
export const LIMB_MASK: u64 = (1 << 27) - 1;

/** Most limbs of a number: 8208 bits. */
export const MAX_LIMBS: i32 = 304;

/** Zero bytes that lie in front of a number that `multiply` takes as its second. */
export const GUARD_BYTES: usize = 16;

/** The columns of the last product: 2 * `MAX_LIMBS`, 64 bits each. */
export const columns: usize = memory.data(4864, 16);

const guarded: usize = memory.data(1232, 16);

/**
 * Adds m * b to the columns at `target`, where m has four limbs and b has `count`. The three limbs in front of b
 * count as well, as far as their products with m reach the columns from `target` on. Limbs of b are below 2^28.
 */
export function addRows(target: usize, m: usize, b: usize, count: i32): void {
  const m0 = <u64>load<u32>(m);
  const m1 = <u64>load<u32>(m, 4);
  const m2 = <u64>load<u32>(m, 8);
  const m3 = <u64>load<u32>(m, 12);
  let before3 = <u64>load<u32>(b - 12);
  let before2 = <u64>load<u32>(b - 8);
  let before1 = <u64>load<u32>(b - 4);
  const end = b + ((<usize>count) << 2);
  for (; b < end; b += 16, target += 32) {
    const b0 = <u64>load<u32>(b);
    store<u64>(target, load<u64>(target) + m0 * b0 + m1 * before1 + m2 * before2 + m3 * before3);
    const b1 = <u64>load<u32>(b, 4);
    store<u64>(target, load<u64>(target, 8) + m0 * b1 + m1 * b0 + m2 * before1 + m3 * before2, 8);
    const b2 = <u64>load<u32>(b, 8);
    store<u64>(target, load<u64>(target, 16) + m0 * b2 + m1 * b1 + m2 * b0 + m3 * before1, 16);
    const b3 = <u64>load<u32>(b, 12);
    store<u64>(target, load<u64>(target, 24) + m0 * b3 + m1 * b2 + m2 * b1 + m3 * b0, 24);
    before3 = b1;
    before2 = b2;
    before1 = b3;
  }
  store<u64>(target, load<u64>(target) + m1 * before1 + m2 * before2 + m3 * before3);
  store<u64>(target, load<u64>(target, 8) + m2 * before1 + m3 * before2, 8);
  store<u64>(target, load<u64>(target, 16) + m3 * before1, 16);
}

/** Sets the columns to a * b, of `count` limbs each; b lies behind `GUARD_BYTES` zero bytes. */
export function multiplyLimbs(a: usize, b: usize, count: i32): void {
  memory.fill(columns, 0, (<usize>count) << 4);
  for (let i = 0; i < count; i += 4) {
    addRows(columns + ((<usize>i) << 3), a + ((<usize>i) << 2), b, count);
  }
}

/** Sets the columns to the square of a: products of two different blocks of four limbs are made once and doubled. */
export function squareLimbs(a: usize, count: i32): void {
  memory.fill(columns, 0, (<usize>count) << 4);
  const b = guarded + GUARD_BYTES;
  for (let i: usize = 0; i < (<usize>count) << 2; i += 4) store<u32>(b + i, load<u32>(a + i) << 1);
  for (let i = 0; i < count; i += 4) {
    const block = (<usize>i) << 2;
    memory.copy(b + block, a + block, 16);
    addRows(columns + (block << 2), a + block, b + block, count - i);
    memory.fill(b + block, 0, 16);
  }
}

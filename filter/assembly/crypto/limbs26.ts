/**
 * Numbers of the curves: ten signed limbs of 26 bits in 32-bit words, not carried. A limb may reach 2^29 in size, so
 * that a column of a product stays below 2^62. Sums and differences are made limb by limb.
 */

export const LIMBS: i32 = 10;
export const LIMB_BITS: i32 = 26;
export const LIMB_MASK: i32 = 0x3ffffff;

/** Bytes of a number. */
export const NUMBER_BYTES: usize = 40;

/** The columns of the last product: 19, and one that is zero. */
export const columns: usize = memory.data(160, 16);

/** Sets `target` to a + b. */
export function add(target: usize, a: usize, b: usize): void {
  for (let i: usize = 0; i < NUMBER_BYTES; i += 8) {
    store<i32>(target + i, load<i32>(a + i) + load<i32>(b + i));
    store<i32>(target + i, load<i32>(a + i, 4) + load<i32>(b + i, 4), 4);
  }
}

/** Sets `target` to a - b. */
export function subtract(target: usize, a: usize, b: usize): void {
  for (let i: usize = 0; i < NUMBER_BYTES; i += 8) {
    store<i32>(target + i, load<i32>(a + i) - load<i32>(b + i));
    store<i32>(target + i, load<i32>(a + i, 4) - load<i32>(b + i, 4), 4);
  }
}

/** Sets `target` to a small multiple of a. */
export function scale(target: usize, a: usize, factor: i32): void {
  for (let i: usize = 0; i < NUMBER_BYTES; i += 4) store<i32>(target + i, load<i32>(a + i) * factor);
}

export function copy(target: usize, a: usize): void {
  memory.copy(target, a, NUMBER_BYTES);
}

/** Carries all limbs into [0, 2^26) but the highest, which keeps the sign. */
export function carry(a: usize): void {
  let carried: i32 = 0;
  for (let i: usize = 0; i < 36; i += 4) {
    const limb = load<i32>(a + i) + carried;
    store<i32>(a + i, limb & LIMB_MASK);
    carried = limb >> LIMB_BITS;
  }
  store<i32>(a, load<i32>(a, 36) + carried, 36);
}

/** Sets the columns to a * b. */
export function multiplyColumns(a: usize, b: usize): void {
  const a0 = <i64>load<i32>(a);
  const a1 = <i64>load<i32>(a, 4);
  const a2 = <i64>load<i32>(a, 8);
  const a3 = <i64>load<i32>(a, 12);
  const a4 = <i64>load<i32>(a, 16);
  const a5 = <i64>load<i32>(a, 20);
  const a6 = <i64>load<i32>(a, 24);
  const a7 = <i64>load<i32>(a, 28);
  const a8 = <i64>load<i32>(a, 32);
  const a9 = <i64>load<i32>(a, 36);
  const b0 = <i64>load<i32>(b);
  const b1 = <i64>load<i32>(b, 4);
  const b2 = <i64>load<i32>(b, 8);
  const b3 = <i64>load<i32>(b, 12);
  const b4 = <i64>load<i32>(b, 16);
  const b5 = <i64>load<i32>(b, 20);
  const b6 = <i64>load<i32>(b, 24);
  const b7 = <i64>load<i32>(b, 28);
  const b8 = <i64>load<i32>(b, 32);
  const b9 = <i64>load<i32>(b, 36);
  store<i64>(columns, a0 * b0);
  store<i64>(columns, a0 * b1 + a1 * b0, 8);
  store<i64>(columns, a0 * b2 + a1 * b1 + a2 * b0, 16);
  store<i64>(columns, a0 * b3 + a1 * b2 + a2 * b1 + a3 * b0, 24);
  store<i64>(columns, a0 * b4 + a1 * b3 + a2 * b2 + a3 * b1 + a4 * b0, 32);
  store<i64>(columns, a0 * b5 + a1 * b4 + a2 * b3 + a3 * b2 + a4 * b1 + a5 * b0, 40);
  store<i64>(columns, a0 * b6 + a1 * b5 + a2 * b4 + a3 * b3 + a4 * b2 + a5 * b1 + a6 * b0, 48);
  store<i64>(columns, a0 * b7 + a1 * b6 + a2 * b5 + a3 * b4 + a4 * b3 + a5 * b2 + a6 * b1 + a7 * b0, 56);
  store<i64>(
    columns,
    a0 * b8 + a1 * b7 + a2 * b6 + a3 * b5 + a4 * b4 + a5 * b3 + a6 * b2 + a7 * b1 + a8 * b0,
    64,
  );
  store<i64>(
    columns,
    a0 * b9 + a1 * b8 + a2 * b7 + a3 * b6 + a4 * b5 + a5 * b4 + a6 * b3 + a7 * b2 + a8 * b1 + a9 * b0,
    72,
  );
  store<i64>(
    columns,
    a1 * b9 + a2 * b8 + a3 * b7 + a4 * b6 + a5 * b5 + a6 * b4 + a7 * b3 + a8 * b2 + a9 * b1,
    80,
  );
  store<i64>(columns, a2 * b9 + a3 * b8 + a4 * b7 + a5 * b6 + a6 * b5 + a7 * b4 + a8 * b3 + a9 * b2, 88);
  store<i64>(columns, a3 * b9 + a4 * b8 + a5 * b7 + a6 * b6 + a7 * b5 + a8 * b4 + a9 * b3, 96);
  store<i64>(columns, a4 * b9 + a5 * b8 + a6 * b7 + a7 * b6 + a8 * b5 + a9 * b4, 104);
  store<i64>(columns, a5 * b9 + a6 * b8 + a7 * b7 + a8 * b6 + a9 * b5, 112);
  store<i64>(columns, a6 * b9 + a7 * b8 + a8 * b7 + a9 * b6, 120);
  store<i64>(columns, a7 * b9 + a8 * b8 + a9 * b7, 128);
  store<i64>(columns, a8 * b9 + a9 * b8, 136);
  store<i64>(columns, a9 * b9, 144);
}

/** Sets the columns to a * a. */
export function squareColumns(a: usize): void {
  const a0 = <i64>load<i32>(a);
  const a1 = <i64>load<i32>(a, 4);
  const a2 = <i64>load<i32>(a, 8);
  const a3 = <i64>load<i32>(a, 12);
  const a4 = <i64>load<i32>(a, 16);
  const a5 = <i64>load<i32>(a, 20);
  const a6 = <i64>load<i32>(a, 24);
  const a7 = <i64>load<i32>(a, 28);
  const a8 = <i64>load<i32>(a, 32);
  const a9 = <i64>load<i32>(a, 36);
  store<i64>(columns, a0 * a0);
  store<i64>(columns, (a0 * a1) << 1, 8);
  store<i64>(columns, ((a0 * a2) << 1) + a1 * a1, 16);
  store<i64>(columns, (a0 * a3 + a1 * a2) << 1, 24);
  store<i64>(columns, ((a0 * a4 + a1 * a3) << 1) + a2 * a2, 32);
  store<i64>(columns, (a0 * a5 + a1 * a4 + a2 * a3) << 1, 40);
  store<i64>(columns, ((a0 * a6 + a1 * a5 + a2 * a4) << 1) + a3 * a3, 48);
  store<i64>(columns, (a0 * a7 + a1 * a6 + a2 * a5 + a3 * a4) << 1, 56);
  store<i64>(columns, ((a0 * a8 + a1 * a7 + a2 * a6 + a3 * a5) << 1) + a4 * a4, 64);
  store<i64>(columns, (a0 * a9 + a1 * a8 + a2 * a7 + a3 * a6 + a4 * a5) << 1, 72);
  store<i64>(columns, ((a1 * a9 + a2 * a8 + a3 * a7 + a4 * a6) << 1) + a5 * a5, 80);
  store<i64>(columns, (a2 * a9 + a3 * a8 + a4 * a7 + a5 * a6) << 1, 88);
  store<i64>(columns, ((a3 * a9 + a4 * a8 + a5 * a7) << 1) + a6 * a6, 96);
  store<i64>(columns, (a4 * a9 + a5 * a8 + a6 * a7) << 1, 104);
  store<i64>(columns, ((a5 * a9 + a6 * a8) << 1) + a7 * a7, 112);
  store<i64>(columns, (a6 * a9 + a7 * a8) << 1, 120);
  store<i64>(columns, ((a7 * a9) << 1) + a8 * a8, 128);
  store<i64>(columns, (a8 * a9) << 1, 136);
  store<i64>(columns, a9 * a9, 144);
}

/**
 * Arithmetic modulo the order n of a curve's base point after Montgomery, R = 2^260 (`limbs26`). Factors and products
 * are below 2 n; limbs lie in [0, 2^26).
 */
import { columns, copy, LIMB_BITS, LIMB_MASK, LIMBS, multiplyColumns, NUMBER_BYTES } from "./limbs26";
import { compareNumbers, subtractNumber } from "./numbers";

@unmanaged
export class Order {
  /** n; below 2^256, at least 2^252. */
  limbs: usize;
  /** R^2 modulo n. */
  square: usize;
  /** -1/n modulo 2^26. */
  inverse: u32;
}

/** Reduces the columns, below n * R, to columns / R modulo n, below 2 n. */
export function reduceColumns(order: Order, target: usize): void {
  for (let column = columns; column < columns + 80; column += 8) {
    const value = load<u64>(column);
    const product = <u32>value * order.inverse;
    const digit = <u64>(product & LIMB_MASK);
    addMultiple(column, digit, order.limbs);
    store<u64>(column, load<u64>(column, 8) + (load<u64>(column) >> LIMB_BITS), 8);
  }
  let carried: u64 = 0;
  for (let i: usize = 0; i < NUMBER_BYTES; i += 4) {
    const column = load<u64>(columns + 80 + (i << 1)) + carried;
    store<u32>(target + i, <u32>column & LIMB_MASK);
    carried = column >> LIMB_BITS;
  }
}

/** Adds digit * n to the columns from `at` on. */
function addMultiple(at: usize, digit: u64, n: usize): void {
  store<u64>(at, load<u64>(at) + digit * <u64>load<u32>(n));
  store<u64>(at, load<u64>(at, 8) + digit * <u64>load<u32>(n, 4), 8);
  store<u64>(at, load<u64>(at, 16) + digit * <u64>load<u32>(n, 8), 16);
  store<u64>(at, load<u64>(at, 24) + digit * <u64>load<u32>(n, 12), 24);
  store<u64>(at, load<u64>(at, 32) + digit * <u64>load<u32>(n, 16), 32);
  store<u64>(at, load<u64>(at, 40) + digit * <u64>load<u32>(n, 20), 40);
  store<u64>(at, load<u64>(at, 48) + digit * <u64>load<u32>(n, 24), 48);
  store<u64>(at, load<u64>(at, 56) + digit * <u64>load<u32>(n, 28), 56);
  store<u64>(at, load<u64>(at, 64) + digit * <u64>load<u32>(n, 32), 64);
  store<u64>(at, load<u64>(at, 72) + digit * <u64>load<u32>(n, 36), 72);
}

/** a * b / R. */
export function multiply(order: Order, target: usize, a: usize, b: usize): void {
  multiplyColumns(a, b);
  store<u64>(columns, 0, 152);
  reduceColumns(order, target);
}

/** Takes a number below 2 n to [0, n). */
export function reduceOnce(order: Order, a: usize): void {
  if (compareNumbers(a, order.limbs, LIMBS) >= 0) subtractNumber(a, order.limbs, LIMB_BITS, LIMBS);
}

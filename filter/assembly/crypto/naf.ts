/** Scalars as digits: the width-w non-adjacent form (Handbook of Elliptic Curve Cryptography, algorithm 3.35). */

/** Digits of a recoded scalar. */
export const DIGITS: i32 = 257;

/** Bytes of a scalar in front of which it lies little-endian, the rest zero. */
export const SCALAR_BYTES: i32 = 40;

/**
 * Recodes a scalar below 2^256, little-endian with zero bytes up to `SCALAR_BYTES`, as `DIGITS` signed bytes at
 * `digits`, the least significant first: each is 0 or odd and below 2^(width - 1) in size. The width is 2 to 8.
 */
export function recode(scalar: usize, width: i32, digits: usize): void {
  memory.fill(digits, 0, DIGITS);
  let carried = 0;
  let place = 0;
  while (place < DIGITS) {
    const window = <i32>(load<u32>(scalar + (place >> 3)) >> (place & 7));
    if ((window & 1) == carried) {
      place++;
      continue;
    }
    const taken = min(width, DIGITS - place);
    const word = (window & ((1 << taken) - 1)) + carried;
    carried = (word >> (width - 1)) & 1;
    store<i8>(digits + place, <i8>(word - (carried << width)));
    place += taken;
  }
}

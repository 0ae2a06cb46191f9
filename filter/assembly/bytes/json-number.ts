/** JSON numbers (RFC 8259, section 6). */

/** The value of the last `parseNumber` that succeeded; infinite where a double cannot hold it. */
export let parsedNumber: f64 = 0;

const MAX_EXPONENT: i32 = 100_000;

let cursor: usize = 0;
let limit: usize = 0;
let mantissa: f64 = 0;

function isDigitAhead(): bool {
  return cursor < limit && <u32>load<u8>(cursor) - 0x30 < 10;
}

function isAhead(byte: u8): bool {
  return cursor < limit && load<u8>(cursor) == byte;
}

/** Adds the digits ahead to the mantissa; returns how many there were. */
function takeDigits(): i32 {
  const start = cursor;
  while (isDigitAhead()) {
    mantissa = mantissa * 10 + <f64>(<u32>load<u8>(cursor) - 0x30);
    cursor++;
  }
  return <i32>(cursor - start);
}

/** Parses the number at `at`; returns the address behind it, or 0 where there is none. */
export function parseNumber(at: usize, end: usize): usize {
  cursor = at;
  limit = end;
  mantissa = 0;
  const negative = isAhead(0x2d);
  if (negative) cursor++;
  const leadingZero = isAhead(0x30);
  const whole = takeDigits();
  if (whole == 0 || (leadingZero && whole > 1)) return 0;
  let scale = 0;
  if (isAhead(0x2e)) {
    cursor++;
    const fraction = takeDigits();
    if (fraction == 0) return 0;
    scale = -fraction;
  }
  if (isAhead(0x65) || isAhead(0x45)) {
    cursor++;
    const exponent = takeExponent();
    if (exponent == i32.MIN_VALUE) return 0;
    scale += exponent;
  }
  const value = scaled(mantissa, scale);
  parsedNumber = negative ? -value : value;
  return cursor;
}

/** The exponent ahead, cut to a size that changes no result, or `i32.MIN_VALUE` where there are no digits. */
function takeExponent(): i32 {
  const negative = isAhead(0x2d);
  if (negative || isAhead(0x2b)) cursor++;
  const start = cursor;
  let exponent = 0;
  while (isDigitAhead()) {
    exponent = min(exponent * 10 + <i32>(<u32>load<u8>(cursor) - 0x30), MAX_EXPONENT);
    cursor++;
  }
  if (cursor == start) return i32.MIN_VALUE;
  return negative ? -exponent : exponent;
}

function scaled(value: f64, exponent: i32): f64 {
  if (value == 0 || exponent == 0) return value;
  let power: f64 = 1;
  let base: f64 = 10;
  for (let left = abs(exponent); left > 0; left >>= 1) {
    if ((left & 1) != 0) power *= base;
    base *= base;
  }
  return exponent > 0 ? value * power : value / power;
}

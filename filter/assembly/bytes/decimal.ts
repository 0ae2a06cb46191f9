/** One text for each number: two spellings of a JSON number (RFC 8259, section 6) have the same value iff theirs are equal. */
import { writeByte, writeNumber } from "./writer";

const ZERO: u8 = 0x30;
const MAX_EXPONENT: i32 = 100_000_000;

/**
 * Appends the number at `at`, which is well-formed, to the current text: a sign, its digits without zeros around them,
 * and the power of ten of the last one. Nothing is rounded.
 */
export function writeDecimal(at: usize, length: i32): void {
  const end = at + length;
  const negative = load<u8>(at) == 0x2d;
  const digitsEnd = endOfDigits(at, end);
  let exponent = digitsEnd < end ? readExponent(digitsEnd + 1, end) : 0;
  let last = digitsEnd;
  let first = at + (negative ? 1 : 0);
  while (first < last && isZeroOrPoint(first)) first++;
  if (first == last) {
    writeByte(ZERO);
    return;
  }
  let point: usize = 0;
  for (let i = at; i < digitsEnd; i++) if (load<u8>(i) == 0x2e) point = i;
  if (point != 0) exponent -= <i32>(digitsEnd - point) - 1;
  while (isZeroOrPoint(last - 1)) {
    if (load<u8>(last - 1) == ZERO) exponent++;
    last--;
  }
  if (negative) writeByte(0x2d);
  for (let i = first; i < last; i++) if (i != point) writeByte(load<u8>(i));
  writeByte(0x65);
  if (exponent < 0) writeByte(0x2d);
  writeNumber(abs(exponent));
}

function isZeroOrPoint(at: usize): bool {
  const byte = load<u8>(at);
  return byte == ZERO || byte == 0x2e;
}

/** Where the exponent starts, or the end. */
function endOfDigits(at: usize, end: usize): usize {
  while (at < end && (load<u8>(at) | 0x20) != 0x65) at++;
  return at;
}

/** The exponent, cut to a size that no number of a configuration has. */
function readExponent(at: usize, end: usize): i32 {
  const sign = load<u8>(at);
  if (sign == 0x2d || sign == 0x2b) at++;
  let exponent = 0;
  for (; at < end; at++) {
    exponent = min(exponent * 10 + <i32>(<u32>load<u8>(at) - 0x30), MAX_EXPONENT);
  }
  return sign == 0x2d ? -exponent : exponent;
}

/**
 * Names and values of a query as `application/x-www-form-urlencoded` has them (URL Standard, section 5.1): `+` is a
 * space, `%` and two hexadecimal digits are a byte, everything else stands for itself.
 */
import { hexValue } from "./hexadecimal";

let cursor: usize = 0;
let limit: usize = 0;

function start(at: usize, length: i32): void {
  cursor = at;
  limit = at + length;
}

/** The next decoded byte, or -1 at the end. */
function next(): i32 {
  if (cursor >= limit) return -1;
  const byte = <i32>load<u8>(cursor);
  cursor++;
  if (byte == 0x2b) return 0x20;
  if (byte != 0x25 || <i32>(limit - cursor) < 2) return byte;
  const high = hexValue(load<u8>(cursor));
  const low = hexValue(load<u8>(cursor, 1));
  if (high < 0 || low < 0) return byte;
  cursor += 2;
  return (high << 4) | low;
}

/** Whether an encoded text decodes to these bytes. */
export function equalsDecoded(at: usize, length: i32, encodedAt: usize, encodedLength: i32): bool {
  start(encodedAt, encodedLength);
  for (let i = 0; i < length; i++) {
    if (next() != <i32>load<u8>(at + i)) return false;
  }
  return next() < 0;
}

/** Decodes to `target`, which has room for as many bytes as the encoded text has; returns how many it took. */
export function decodeForm(encodedAt: usize, encodedLength: i32, target: usize): i32 {
  start(encodedAt, encodedLength);
  let length = 0;
  for (let byte = next(); byte >= 0; byte = next()) {
    store<u8>(target + length, <u8>byte);
    length++;
  }
  return length;
}

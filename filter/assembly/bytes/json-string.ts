/** JSON strings (RFC 8259, section 7), resolved in place: an escape is never shorter than what it stands for. */
import { hexValue } from "./hexadecimal";
import { sequenceLength, writeCodePoint } from "./utf8";

/** Of the last `scanString` that succeeded: bytes of the resolved text, and the address behind the closing quote. */
export let scannedLength: i32 = 0;
export let scannedEnd: usize = 0;

let cursor: usize = 0;
let limit: usize = 0;
let out: usize = 0;

/** Scans the string whose opening quote stands right before `at`; false where it is not well-formed UTF-8 JSON. */
export function scanString(at: usize, end: usize): bool {
  cursor = at;
  limit = end;
  while (cursor < limit) {
    const byte = <u32>load<u8>(cursor);
    if (byte == 0x22) {
      scannedLength = <i32>(cursor - at);
      scannedEnd = cursor + 1;
      return true;
    }
    if (byte == 0x5c) return resolveFrom(at);
    if (byte < 0x20) return false;
    if (byte < 0x80) {
      cursor++;
      continue;
    }
    const length = sequenceLength(cursor, limit);
    if (length == 0) return false;
    cursor += length;
  }
  return false;
}

/** Goes on from the first escape, moving the text together as it resolves escapes. */
function resolveFrom(start: usize): bool {
  out = cursor;
  while (cursor < limit) {
    const byte = <u32>load<u8>(cursor);
    if (byte == 0x22) {
      scannedLength = <i32>(out - start);
      scannedEnd = cursor + 1;
      return true;
    }
    if (byte < 0x20) return false;
    if (byte == 0x5c) {
      if (!resolveEscape()) return false;
      continue;
    }
    const length = byte < 0x80 ? 1 : sequenceLength(cursor, limit);
    if (length == 0) return false;
    for (let i = 0; i < length; i++) store<u8>(out + i, load<u8>(cursor + i));
    out += length;
    cursor += length;
  }
  return false;
}

function resolveEscape(): bool {
  if (<i32>(limit - cursor) < 2) return false;
  const letter = <u32>load<u8>(cursor, 1);
  if (letter == 0x75) return resolveUnicode();
  const byte = plainEscape(letter);
  if (byte == 0) return false;
  store<u8>(out, <u8>byte);
  out++;
  cursor += 2;
  return true;
}

/** What a one-letter escape stands for, or 0 where there is no such escape. */
function plainEscape(letter: u32): u32 {
  if (letter == 0x22 || letter == 0x5c || letter == 0x2f) return letter;
  if (letter == 0x62) return 0x08;
  if (letter == 0x66) return 0x0c;
  if (letter == 0x6e) return 0x0a;
  if (letter == 0x72) return 0x0d;
  if (letter == 0x74) return 0x09;
  return 0;
}

function resolveUnicode(): bool {
  const unit = codeUnitAt(cursor);
  if (unit < 0) return false;
  cursor += 6;
  if (unit < 0xd800 || unit > 0xdfff) {
    out = writeCodePoint(unit, out);
    return true;
  }
  if (unit > 0xdbff) return false;
  const low = codeUnitAt(cursor);
  if (low < 0xdc00 || low > 0xdfff) return false;
  cursor += 6;
  out = writeCodePoint(0x10000 + ((unit - 0xd800) << 10) + (low - 0xdc00), out);
  return true;
}

/** The UTF-16 code unit of the `\uXXXX` at `at`, or -1 where there is none. */
function codeUnitAt(at: usize): i32 {
  if (at + 6 > limit || load<u8>(at) != 0x5c || load<u8>(at, 1) != 0x75) return -1;
  let unit = 0;
  for (let i = 2; i < 6; i++) {
    const digit = hexValue(load<u8>(at + i));
    if (digit < 0) return -1;
    unit = (unit << 4) | digit;
  }
  return unit;
}

/**
 * Paths that a workload may read differently from the router: repeated slashes, dot segments, backslashes, `;`
 * parameters, and encoded slashes, backslashes, semicolons, control bytes and unreserved characters (RFC 3986, section
 * 2.3). How much of it Envoy has normalised before depends on its configuration.
 */

import { hexValue } from "../bytes/hexadecimal";

const SLASH: u8 = 0x2f;
const DOT: u8 = 0x2e;

/** Letters, digits, `-`, `.`, `_`, `~`: encoded or not, they mean the same (RFC 3986, section 6.2.2.2). */
function isUnreserved(byte: i32): bool {
  const lower = byte | 0x20;
  if ((lower >= 0x61 && lower <= 0x7a) || (byte >= 0x30 && byte <= 0x39)) return true;
  return byte == 0x2d || byte == 0x2e || byte == 0x5f || byte == 0x7e;
}

/** Whether an encoded byte changes how the path is read once it is decoded. */
function isHarmfulEncoded(high: i32, low: i32): bool {
  if (high < 0 || low < 0) return true;
  const byte = (high << 4) | low;
  return byte < 0x20 || byte == 0x7f || byte == 0x2f || byte == 0x5c || byte == 0x3b || isUnreserved(byte);
}

/** Whether `.` or `..` is the whole segment that starts at `i`. */
function isDotSegment(at: usize, length: i32, i: i32): bool {
  if (i >= length || load<u8>(at + i) != DOT) return false;
  let end = i + 1;
  if (end < length && load<u8>(at + end) == DOT) end++;
  if (end >= length) return true;
  const next = load<u8>(at + end);
  return next == SLASH || next == 0x3f || next == 0x23;
}

/** Whether the path before any `?` or `#` can be read in more than one way. */
export function isAmbiguousPath(at: usize, length: i32): bool {
  let before: u8 = 0;
  for (let i = 0; i < length; i++) {
    const byte = load<u8>(at + i);
    if (byte == 0x3f || byte == 0x23) return false;
    if (byte == SLASH && (before == SLASH || isDotSegment(at, length, i + 1))) return true;
    if (byte == 0x5c || byte == 0x3b) return true;
    if (byte == 0x25) {
      if (i + 2 >= length) return true;
      if (isHarmfulEncoded(hexValue(load<u8>(at + i + 1)), hexValue(load<u8>(at + i + 2)))) return true;
    }
    before = byte;
  }
  return false;
}

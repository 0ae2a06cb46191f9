/**
 * Paths that a workload may read differently from the router, after Envoy's own normalisation: repeated slashes,
 * backslashes, encoded slashes, backslashes, dots, NUL and control bytes, and `;` parameters.
 */

const SLASH: u8 = 0x2f;

function hexValue(byte: i32): i32 {
  if (byte >= 0x30 && byte <= 0x39) return byte - 0x30;
  const lower = byte | 0x20;
  return lower >= 0x61 && lower <= 0x66 ? lower - 0x57 : -1;
}

/** Whether an encoded byte changes how segments are read once it is decoded. */
function isHarmfulEncoded(high: i32, low: i32): bool {
  if (high < 0 || low < 0) return true;
  const byte = (high << 4) | low;
  return byte < 0x20 || byte == 0x7f || byte == 0x2e || byte == 0x2f || byte == 0x5c || byte == 0x3b;
}

/** Whether the path before any `?` or `#` can be read in more than one way. */
export function isAmbiguousPath(at: usize, length: i32): bool {
  let before: u8 = 0;
  for (let i = 0; i < length; i++) {
    const byte = load<u8>(at + i);
    if (byte == 0x3f || byte == 0x23) return false;
    if (byte == SLASH && before == SLASH) return true;
    if (byte == 0x5c || byte == 0x3b) return true;
    if (byte == 0x25) {
      if (i + 2 >= length) return true;
      if (isHarmfulEncoded(hexValue(load<u8>(at + i + 1)), hexValue(load<u8>(at + i + 2)))) return true;
    }
    before = byte;
  }
  return false;
}

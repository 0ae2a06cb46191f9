/** Base64url without padding (RFC 4648, section 5; RFC 7515, section 2), canonical forms only. */
const INVALID: u8 = 0xff;

const VALUES: StaticArray<u8> = buildValues();

function buildValues(): StaticArray<u8> {
  const values = new StaticArray<u8>(256);
  for (let i = 0; i < 256; i++) unchecked((values[i] = INVALID));
  for (let i = 0; i < 26; i++) {
    unchecked((values[0x41 + i] = <u8>i));
    unchecked((values[0x61 + i] = <u8>(26 + i)));
  }
  for (let i = 0; i < 10; i++) unchecked((values[0x30 + i] = <u8>(52 + i)));
  unchecked((values[0x2d] = 62));
  unchecked((values[0x5f] = 63));
  return values;
}

function sextetAt(at: usize): u32 {
  return <u32>unchecked(VALUES[load<u8>(at)]);
}

/** Bytes that `length` characters decode to at most. */
export function decodedLength(length: i32): i32 {
  return (length >> 2) * 3 + (((length & 3) * 3) >> 2);
}

/**
 * Decodes `length` characters to `target`, which has room for `decodedLength(length)` bytes.
 * Returns the number of bytes, or -1 for padding, foreign characters, an impossible length, or trailing bits that
 * are not zero (two texts never decode to the same bytes).
 */
export function decodeBase64url(at: usize, length: i32, target: usize): i32 {
  const rest = length & 3;
  if (rest == 1) return -1;
  const whole = length - rest;
  let out = target;
  for (let i = 0; i < whole; i += 4) {
    const a = sextetAt(at + i);
    const b = sextetAt(at + i + 1);
    const c = sextetAt(at + i + 2);
    const d = sextetAt(at + i + 3);
    if ((a | b | c | d) > 63) return -1;
    const word = (a << 18) | (b << 12) | (c << 6) | d;
    store<u8>(out, <u8>(word >> 16));
    store<u8>(out, <u8>(word >> 8), 1);
    store<u8>(out, <u8>word, 2);
    out += 3;
  }
  if (rest == 0) return <i32>(out - target);
  const a = sextetAt(at + whole);
  const b = sextetAt(at + whole + 1);
  const c: u32 = rest == 3 ? sextetAt(at + whole + 2) : 0;
  if ((a | b | c) > 63) return -1;
  const word = (a << 18) | (b << 12) | (c << 6);
  const spare: u32 = rest == 3 ? 0xff : 0xffff;
  if ((word & spare) != 0) return -1;
  store<u8>(out, <u8>(word >> 16));
  if (rest == 3) store<u8>(out, <u8>(word >> 8), 1);
  return <i32>(out - target) + rest - 1;
}

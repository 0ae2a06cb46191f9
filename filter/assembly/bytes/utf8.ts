/** UTF-8 (RFC 3629): no overlong forms, no surrogates, nothing beyond U+10FFFF. */

function isContinuation(byte: u32): bool {
  return (byte & 0xc0) == 0x80;
}

/** Length of the multi-byte sequence at `at`, or 0 where there is no valid one before `end`. */
export function sequenceLength(at: usize, end: usize): i32 {
  const first = <u32>load<u8>(at);
  const left = <i32>(end - at);
  if (first < 0xc2 || left < 2) return 0;
  const second = <u32>load<u8>(at, 1);
  if (!isContinuation(second)) return 0;
  if (first < 0xe0) return 2;
  if (left < 3 || !isContinuation(load<u8>(at, 2))) return 0;
  if (first < 0xf0) {
    if (first == 0xe0 && second < 0xa0) return 0;
    if (first == 0xed && second > 0x9f) return 0;
    return 3;
  }
  if (left < 4 || first > 0xf4 || !isContinuation(load<u8>(at, 3))) return 0;
  if (first == 0xf0 && second < 0x90) return 0;
  if (first == 0xf4 && second > 0x8f) return 0;
  return 4;
}

/** Writes a code point that is no surrogate; returns the address behind it. */
export function writeCodePoint(codePoint: u32, at: usize): usize {
  if (codePoint < 0x80) {
    store<u8>(at, <u8>codePoint);
    return at + 1;
  }
  if (codePoint < 0x800) {
    store<u8>(at, <u8>(0xc0 | (codePoint >> 6)));
    store<u8>(at, <u8>(0x80 | (codePoint & 0x3f)), 1);
    return at + 2;
  }
  if (codePoint < 0x10000) {
    store<u8>(at, <u8>(0xe0 | (codePoint >> 12)));
    store<u8>(at, <u8>(0x80 | ((codePoint >> 6) & 0x3f)), 1);
    store<u8>(at, <u8>(0x80 | (codePoint & 0x3f)), 2);
    return at + 3;
  }
  store<u8>(at, <u8>(0xf0 | (codePoint >> 18)));
  store<u8>(at, <u8>(0x80 | ((codePoint >> 12) & 0x3f)), 1);
  store<u8>(at, <u8>(0x80 | ((codePoint >> 6) & 0x3f)), 2);
  store<u8>(at, <u8>(0x80 | (codePoint & 0x3f)), 3);
  return at + 4;
}

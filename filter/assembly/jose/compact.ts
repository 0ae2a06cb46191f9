/** The compact serialization of a JWS (RFC 7515, section 7.1): three parts, divided by two dots, none empty. */

/** The parts of the last token that `splitCompact` took. */
export let headerAt: usize = 0;
export let headerLength: i32 = 0;
export let payloadAt: usize = 0;
export let payloadLength: i32 = 0;
export let signatureAt: usize = 0;
export let signatureLength: i32 = 0;

const DOT: u8 = 0x2e;

function indexOfDot(at: usize, length: i32): i32 {
  for (let i = 0; i < length; i++) {
    if (load<u8>(at + i) == DOT) return i;
  }
  return -1;
}

/** Splits a token; false unless it has exactly three parts with something in each. */
export function splitCompact(token: usize, length: i32): bool {
  headerAt = token;
  headerLength = indexOfDot(token, length);
  if (headerLength <= 0) return false;
  payloadAt = token + headerLength + 1;
  const behindHeader = length - headerLength - 1;
  payloadLength = indexOfDot(payloadAt, behindHeader);
  if (payloadLength <= 0) return false;
  signatureAt = payloadAt + payloadLength + 1;
  signatureLength = behindHeader - payloadLength - 1;
  return signatureLength > 0 && indexOfDot(signatureAt, signatureLength) < 0;
}

/** Bytes that are signed: header, dot and payload (RFC 7515, section 5.1 step 5). */
export function signingInputLength(): i32 {
  return headerLength + 1 + payloadLength;
}

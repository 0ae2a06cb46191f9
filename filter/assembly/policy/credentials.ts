/** Finds the bearer token in an `Authorization` header (RFC 6750, section 2.1; RFC 9110, section 11.4). */
import { Deny } from "../contract";

/** The token of the request. */
export let tokenAt: usize = 0;
export let tokenLength: i32 = 0;

export function setToken(at: usize, length: i32): void {
  tokenAt = at;
  tokenLength = length;
}

export function noToken(): void {
  tokenLength = 0;
}

const SCHEME_LENGTH: i32 = 6;
const SPACE: u8 = 0x20;
const COMMA: u8 = 0x2c;
const EQUALS: u8 = 0x3d;

/** Whether the header starts with `Bearer`, in any case, and a space. */
function isBearer(at: usize, length: i32): bool {
  if (length <= SCHEME_LENGTH || load<u8>(at, 6) != SPACE) return false;
  const head = load<u32>(at) | 0x2020_2020;
  const tail = load<u16>(at, 4) | 0x2020;
  return head == 0x7261_6562 && tail == 0x7265;
}

/** Whether a bearer token stands behind credentials of another scheme. */
function hasBearerBehindComma(at: usize, length: i32): bool {
  for (let i = 0; i < length; i++) {
    if (load<u8>(at + i) != COMMA) continue;
    let next = i + 1;
    while (next < length && load<u8>(at + next) == SPACE) next++;
    if (isBearer(at + next, length - next)) return true;
  }
  return false;
}

/** Reads the value of the header; several headers come joined by commas, which no token contains. */
export function readBearer(at: usize, length: i32): Deny {
  if (!isBearer(at, length)) {
    return hasBearerBehindComma(at, length) ? Deny.CredentialsAmbiguous : Deny.TokenMissing;
  }
  let start = at + SCHEME_LENGTH;
  let end = at + length;
  while (start < end && load<u8>(start) == SPACE) start++;
  while (start < end && load<u8>(end - 1) == SPACE) end--;
  if (start == end) return Deny.TokenMissing;
  setToken(start, <i32>(end - start));
  return Deny.None;
}

/** Whether the token has the form that a bearer token must have (RFC 6750, section 2.1). */
export function isTokenText(): bool {
  let end = tokenLength;
  while (end > 0 && load<u8>(tokenAt + end - 1) == EQUALS) end--;
  for (let i = 0; i < end; i++) {
    if (!isTokenCharacter(load<u8>(tokenAt + i))) return false;
  }
  return end > 0;
}

function isTokenCharacter(byte: u8): bool {
  const letter = byte | 0x20;
  if (letter >= 0x61 && letter <= 0x7a) return true;
  if (byte >= 0x2d && byte <= 0x39) return true;
  return byte == 0x2b || byte == 0x5f || byte == 0x7e;
}

/** Whether a token that did not verify is several credentials in one value. */
export function isAmbiguous(): bool {
  for (let i = 0; i < tokenLength; i++) {
    if (load<u8>(tokenAt + i) == COMMA) return true;
  }
  return false;
}

/** Finds the token of a request in the places that its policy names, and takes it out of the query. */
import { decodeForm, equalsDecoded } from "../bytes/form-decoding";
import { itemAt } from "../bytes/list";
import { indexOf, trim, trimmedAt, trimmedLength } from "../bytes/scan";
import { equalBytes } from "../bytes/slice";
import { Deny } from "../contract";
import {
  firstHeader,
  headerAt,
  headerLength,
  nameAt,
  nameLength,
  nextHeader,
  readRequestHeaders,
} from "../host/header-map";
import {
  AUTHORIZATION,
  AUTHORIZATION_NAME,
  COOKIE,
  COOKIE_NAME,
  PATH,
  PATH_NAME,
} from "../host/header-names";
import { readRequestHeader, replaceRequestHeader, valueAt, valueLength } from "../host/hostcalls";
import { allocate } from "../host/memory";
import { isNull, Place, PlaceKind, Policy } from "./config";
import { isAmbiguous, noToken, readBearer, setToken, tokenAt, tokenLength } from "./credentials";

const QUOTE: u8 = 0x22;
const AMPERSAND: u8 = 0x26;
const COMMA: u8 = 0x2c;
const SEMICOLON: u8 = 0x3b;
const EQUALS: u8 = 0x3d;
const QUESTION_MARK: u8 = 0x3f;

/** Where the last `takeToken` found the token, a bit a place of the policy. */
export let foundPlaces: u32 = 0;

/** Whether two places, or one place twice, hold different tokens. */
let differ: bool = false;

/** Finds the token of the request: `None`, `TokenMissing`, or `CredentialsAmbiguous` where there are different ones. */
export function takeToken(policy: Policy): Deny {
  return isNull(policy.places) ? takeBearer() : takeFromPlaces(policy);
}

function takeFromPlaces(policy: Policy): Deny {
  foundPlaces = 0;
  differ = false;
  noToken();
  let needsHeaders = false;
  let hasParam = false;
  for (let i = 0; i < policy.places.count; i++) {
    const kind = changetype<Place>(itemAt(policy.places, i)).kind;
    if (kind == PlaceKind.Bearer) takeFromBearer((<u32>1) << i);
    else if (kind == PlaceKind.Param) hasParam = true;
    else needsHeaders = true;
  }
  if (needsHeaders) takeFromHeaders(policy);
  if (hasParam) takeFromQuery(policy);
  if (differ) return Deny.CredentialsAmbiguous;
  return tokenLength == 0 ? Deny.TokenMissing : Deny.None;
}

function takeBearer(): Deny {
  if (!readRequestHeader(AUTHORIZATION_NAME, AUTHORIZATION.length)) return Deny.TokenMissing;
  return readBearer(valueAt, valueLength);
}

function takeFromBearer(bit: u32): void {
  const deny = takeBearer();
  if (deny == Deny.None) foundPlaces |= bit;
  differ = deny == Deny.CredentialsAmbiguous || isAmbiguous();
}

function takeFromHeaders(policy: Policy): void {
  readRequestHeaders();
  for (let i = 0; i < policy.places.count; i++) {
    const place = changetype<Place>(itemAt(policy.places, i));
    if (place.kind == PlaceKind.Header) takeFromHeader(place, (<u32>1) << i);
    if (place.kind == PlaceKind.Cookie) takeFromCookies(place, (<u32>1) << i);
  }
}

/** Notes a token; a second one must be the same. */
function offer(at: usize, length: i32, bit: u32): void {
  if (length == 0) return;
  if (tokenLength == 0) setToken(at, length);
  else if (!equalBytes(tokenAt, tokenLength, at, length)) differ = true;
  foundPlaces |= bit;
}

function offerEncoded(at: usize, length: i32, bit: u32): void {
  if (length == 0) return;
  if (tokenLength == 0) {
    const token = allocate(length);
    setToken(token, decodeForm(at, length, token));
  } else if (!equalsDecoded(tokenAt, tokenLength, at, length)) differ = true;
  foundPlaces |= bit;
}

/** What the headers of one place hold: elements between commas, and how many of them are tokens. */
let elements: i32 = 0;
let tokens: i32 = 0;

/** Headers of one name are one list (RFC 9110, section 5.3). Either all that it holds are tokens, or none. */
function takeFromHeader(place: Place, bit: u32): void {
  elements = 0;
  tokens = 0;
  firstHeader();
  while (nextHeader()) {
    if (equalBytes(place.name.at, place.name.length, nameAt, nameLength)) takeFromList(place, bit);
  }
  if (tokens > 0 && tokens < elements) differ = true;
}

function takeFromList(place: Place, bit: u32): void {
  const prefixLength = isNull(place.prefix) ? 0 : place.prefix.length;
  const end = headerAt + headerLength;
  for (let at = headerAt; at <= end; ) {
    const stop = indexOf(COMMA, at, end);
    trim(at, stop);
    at = stop + 1;
    const length = trimmedLength();
    if (length == 0) continue;
    elements++;
    if (length <= prefixLength) continue;
    if (prefixLength > 0 && !equalBytes(place.prefix.at, prefixLength, trimmedAt, prefixLength)) continue;
    tokens++;
    offer(trimmedAt + prefixLength, length - prefixLength, bit);
  }
}

function takeFromCookies(place: Place, bit: u32): void {
  firstHeader();
  while (nextHeader()) {
    if (equalBytes(nameAt, nameLength, COOKIE_NAME, COOKIE.length)) takeFromCookieString(place, bit);
  }
}

/** `cookie-string` of RFC 6265, section 4.2.1; several headers may come joined by commas. */
function takeFromCookieString(place: Place, bit: u32): void {
  const end = headerAt + headerLength;
  for (let at = headerAt; at < end; ) {
    const stop = min(indexOf(SEMICOLON, at, end), indexOf(COMMA, at, end));
    const equals = indexOf(EQUALS, at, stop);
    trim(at, equals);
    at = stop + 1;
    if (equals == stop) continue;
    if (!equalBytes(place.name.at, place.name.length, trimmedAt, trimmedLength())) continue;
    trim(equals + 1, stop);
    if (isQuoted(trimmedAt, trimmedLength())) offer(trimmedAt + 1, trimmedLength() - 2, bit);
    else offer(trimmedAt, trimmedLength(), bit);
  }
}

function isQuoted(at: usize, length: i32): bool {
  return length >= 2 && load<u8>(at) == QUOTE && load<u8>(at + length - 1) == QUOTE;
}

/** Takes the parameters that the policy names out of the query; what is left keeps its bytes and its order. */
function takeFromQuery(policy: Policy): void {
  if (!readRequestHeader(PATH_NAME, PATH.length)) return;
  const path = valueAt;
  const end = path + valueLength;
  const query = indexOf(QUESTION_MARK, path, end);
  let out = query + 1;
  let kept = 0;
  let taken = false;
  for (let at = query + 1; at <= end && query < end; ) {
    const stop = indexOf(AMPERSAND, at, end);
    if (takeParam(policy, at, stop)) taken = true;
    else {
      if (kept > 0) store<u8>(out++, AMPERSAND);
      memory.copy(out, at, stop - at);
      out += stop - at;
      kept++;
    }
    at = stop + 1;
  }
  if (!taken) return;
  replaceRequestHeader(PATH_NAME, PATH.length, path, <i32>((kept == 0 ? query : out) - path));
}

/** Whether the parameter is one of the policy's places; its value is noted then. */
function takeParam(policy: Policy, at: usize, stop: usize): bool {
  const equals = indexOf(EQUALS, at, stop);
  const nameLength = <i32>(equals - at);
  for (let i = 0; i < policy.places.count; i++) {
    const place = changetype<Place>(itemAt(policy.places, i));
    if (place.kind != PlaceKind.Param) continue;
    if (!equalsDecoded(place.name.at, place.name.length, at, nameLength)) continue;
    if (equals < stop) offerEncoded(equals + 1, <i32>(stop - equals - 1), (<u32>1) << i);
    return true;
  }
  return false;
}

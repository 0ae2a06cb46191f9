/**
 * Takes those cookies out of a request that its route sets. The route then writes a `cookie` header of its own cookies,
 * followed by what is left here; so what is left begins with a separator.
 */
import { itemAt, List } from "../bytes/list";
import { indexOf, trim, trimmedAt, trimmedLength } from "../bytes/scan";
import { equalBytes } from "../bytes/slice";
import {
  firstHeader,
  headerAt,
  headerLength,
  nameAt,
  nameLength,
  nextHeader,
  readRequestHeaders,
} from "../host/header-map";
import { COOKIE, COOKIE_NAME } from "../host/header-names";
import { removeRequestHeader, replaceRequestHeader } from "../host/hostcalls";
import { allocate } from "../host/memory";
import { Text } from "./config";

const SPACE: u8 = 0x20;
const COMMA: u8 = 0x2c;
const SEMICOLON: u8 = 0x3b;
const EQUALS: u8 = 0x3d;

/** Leaves one `cookie` header without cookies of these names, elements are `Text`; none where nothing is left. */
export function dropCookies(names: List): void {
  readRequestHeaders();
  let size = 0;
  while (nextCookieHeader()) size += 2 * (headerLength + 1);
  if (size == 0) return;
  const kept = allocate(size);
  let end = kept;
  firstHeader();
  while (nextCookieHeader()) end = keepCookies(names, end);
  if (end == kept) removeRequestHeader(COOKIE_NAME, COOKIE.length);
  else replaceRequestHeader(COOKIE_NAME, COOKIE.length, kept, <i32>(end - kept));
}

function nextCookieHeader(): bool {
  while (nextHeader()) {
    if (equalBytes(nameAt, nameLength, COOKIE_NAME, COOKIE.length)) return true;
  }
  return false;
}

/** Writes what is kept of the header (`cookie-string` of RFC 6265, section 4.2.1); returns where it ends. */
function keepCookies(names: List, out: usize): usize {
  const end = headerAt + headerLength;
  for (let at = headerAt; at < end; ) {
    const stop = indexOf(SEMICOLON, at, end);
    trim(at, keptUntil(names, at, stop));
    at = stop + 1;
    const length = trimmedLength();
    if (length == 0) continue;
    store<u8>(out, SEMICOLON);
    store<u8>(out + 1, SPACE);
    memory.copy(out + 2, trimmedAt, length);
    out += 2 + length;
  }
  return out;
}

/** How much of a cookie is kept. Some upstreams take what stands behind a comma for another cookie. */
function keptUntil(names: List, at: usize, stop: usize): usize {
  for (let part = at; part < stop; ) {
    const comma = indexOf(COMMA, part, stop);
    if (isSet(names, part, comma)) return part > at ? part - 1 : at;
    part = comma + 1;
  }
  return stop;
}

function isSet(names: List, at: usize, stop: usize): bool {
  trim(at, indexOf(EQUALS, at, stop));
  for (let i = 0; i < names.count; i++) {
    const name = changetype<Text>(itemAt(names, i));
    if (equalBytes(name.at, name.length, trimmedAt, trimmedLength())) return true;
  }
  return false;
}

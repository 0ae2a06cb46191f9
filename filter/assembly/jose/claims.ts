/**
 * The claims set (RFC 7519, section 4), or the answer of an introspection endpoint, as far as a decision needs it. Scopes and audiences are kept as the numbers
 * that the configuration gives to those it names; others change no decision.
 */

import * as json from "../bytes/json";
import { findString, StringTable } from "../bytes/string-table";
import { Deny } from "../contract";

/** Largest NumericDate: every integer up to it is exact as a double. */
const MAX_NUMERIC_DATE: f64 = 9_007_199_254_740_991;
/** Most scopes, and most audiences, that are kept; a token that names more lacks the rest. */
const MAX_KEPT: i32 = 1_024;

/** `iss` of the last claims set; `issuerAt` is 0 where it has none. */
export let issuerAt: usize = 0;
export let issuerLength: i32 = 0;
/** `exp` and `nbf` in seconds; infinite, and zero, where absent. */
export let expires: f64 = Infinity;
export let notBefore: f64 = 0;
/** Whether the token is bound to a key of its holder (`cnf`: RFC 7800, RFC 8705, RFC 9449). */
export let isBound: bool = false;
/** Numbers of the scopes in `scp`, `scope` and `scopes` together, and of the audiences in `aud`; u32 each. */
export const scopes: usize = memory.data(4_096, 8);
export let scopeCount: i32 = 0;
export const audiences: usize = memory.data(4_096, 8);
export let audienceCount: i32 = 0;
/** What kind of value `active` has (RFC 7662, section 2.2); `Invalid` where absent. */
export let active: json.Kind = json.Kind.Invalid;

let known: StringTable = changetype<StringTable>(0);

/** Reads a decoded claims set, resolving escapes in place. `strings` numbers the scopes and audiences to keep. */
export function readClaims(document: usize, length: i32, strings: StringTable): Deny {
  known = strings;
  issuerAt = 0;
  issuerLength = 0;
  expires = Infinity;
  notBefore = 0;
  isBound = false;
  scopeCount = 0;
  audienceCount = 0;
  active = json.Kind.Invalid;
  json.open(document, length);
  if (!json.enterObject()) return Deny.ClaimsInvalid;
  let step = json.nextMember();
  while (step == json.MORE) {
    if (!readMember()) return Deny.ClaimsInvalid;
    step = json.nextMember();
  }
  return step == json.DONE && json.isAtEnd() ? Deny.None : Deny.ClaimsInvalid;
}

function readMember(): bool {
  if (json.nameIs("iss")) return readIssuer();
  if (json.nameIs("exp")) {
    if (!readNumericDate()) return false;
    expires = json.number;
    return true;
  }
  if (json.nameIs("nbf")) {
    if (!readNumericDate()) return false;
    notBefore = json.number;
    return true;
  }
  if (json.nameIs("aud")) return readAudiences();
  if (json.nameIs("scope") || json.nameIs("scp") || json.nameIs("scopes")) return readScopes();
  if (json.nameIs("cnf")) isBound = true;
  if (json.nameIs("active")) active = json.peek();
  return json.skipValue();
}

function readIssuer(): bool {
  if (!json.readString()) return false;
  issuerAt = json.textAt;
  issuerLength = json.textLength;
  return true;
}

/** NumericDate (RFC 7519, section 2): fractions are fine; what is negative or too large to be exact is not. */
function readNumericDate(): bool {
  return json.readNumber() && json.number >= 0 && json.number <= MAX_NUMERIC_DATE;
}

/** `aud` (RFC 7519, section 4.1.3): one string or an array of strings. */
function readAudiences(): bool {
  if (json.peek() == json.Kind.String) {
    if (!json.readString()) return false;
    keepAudience();
    return true;
  }
  if (!json.enterArray()) return false;
  let step = json.nextElement();
  while (step == json.MORE) {
    if (!json.readString()) return false;
    keepAudience();
    step = json.nextElement();
  }
  return step == json.DONE;
}

/** A scope claim: space-separated text (RFC 8693, section 4.2) or an array; other shapes hold no scopes. */
function readScopes(): bool {
  const kind = json.peek();
  if (kind == json.Kind.String) {
    if (!json.readString()) return false;
    keepWords();
    return true;
  }
  if (kind != json.Kind.Array) return json.skipValue();
  if (!json.enterArray()) return false;
  let step = json.nextElement();
  while (step == json.MORE) {
    if (json.peek() == json.Kind.String) {
      if (!json.readString()) return false;
      keepScope(json.textAt, json.textLength);
    } else if (!json.skipValue()) return false;
    step = json.nextElement();
  }
  return step == json.DONE;
}

function keepWords(): void {
  let word = json.textAt;
  const end = json.textAt + json.textLength;
  for (let at = word; at <= end; at++) {
    if (at < end && load<u8>(at) != 0x20) continue;
    if (at > word) keepScope(word, <i32>(at - word));
    word = at + 1;
  }
}

function keepScope(at: usize, length: i32): void {
  const id = findString(known, at, length);
  if (id < 0 || scopeCount >= MAX_KEPT) return;
  store<u32>(scopes + (scopeCount << 2), id);
  scopeCount++;
}

function keepAudience(): void {
  const id = findString(known, json.textAt, json.textLength);
  if (id < 0 || audienceCount >= MAX_KEPT) return;
  store<u32>(audiences + (audienceCount << 2), id);
  audienceCount++;
}

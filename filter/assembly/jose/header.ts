/** The protected header (RFC 7515, section 4): which algorithm and key the token claims, and what forbids it. */

import { asciiBytes } from "../bytes/ascii";
import * as json from "../bytes/json";
import { itemAt, List } from "../bytes/list";
import { equalsIgnoringCase } from "../bytes/slice";
import { Deny } from "../contract";
import { Text } from "../policy/config";
import { algorithmOf } from "./algorithms";

const APPLICATION: string = "application/";
const APPLICATION_BYTES: usize = asciiBytes(APPLICATION);

/** Algorithm of the last header that was accepted. */
export let algorithm: i32 = -1;
/** Key id of it; `kidAt` is 0 where it has none. */
export let kidAt: usize = 0;
export let kidLength: i32 = 0;
/** `typ` of it; `typeAt` is 0 where it has none. */
let typeAt: usize = 0;
let typeLength: i32 = 0;

let algorithmSeen: bool = false;

/** Reads a decoded header, resolving escapes in place. */
export function readHeader(document: usize, length: i32): Deny {
  algorithm = -1;
  algorithmSeen = false;
  kidAt = 0;
  kidLength = 0;
  typeAt = 0;
  typeLength = 0;
  json.open(document, length);
  if (!json.enterObject()) return Deny.HeaderInvalid;
  let refusal: Deny = Deny.None;
  let step = json.nextMember();
  while (step == json.MORE) {
    const found = readMember();
    if (found == Deny.HeaderInvalid) return found;
    if (refusal == Deny.None) refusal = found;
    step = json.nextMember();
  }
  if (step != json.DONE || !json.isAtEnd()) return Deny.HeaderInvalid;
  if (refusal != Deny.None) return refusal;
  if (!algorithmSeen) return Deny.HeaderInvalid;
  return algorithm < 0 ? Deny.AlgNotAllowed : Deny.None;
}

function readMember(): Deny {
  if (json.nameIs("alg")) {
    if (!json.readString()) return Deny.HeaderInvalid;
    algorithmSeen = true;
    algorithm = algorithmOf(json.textAt, json.textLength);
    return Deny.None;
  }
  if (json.nameIs("kid")) {
    if (!json.readString()) return Deny.HeaderInvalid;
    kidAt = json.textAt;
    kidLength = json.textLength;
    return Deny.None;
  }
  if (json.nameIs("typ")) {
    if (!json.readString()) return Deny.HeaderInvalid;
    typeAt = json.textAt;
    typeLength = json.textLength;
    return Deny.None;
  }
  const extension = json.nameIs("crit") || json.nameIs("b64");
  const keyMaterial = json.nameIs("jku") || json.nameIs("jwk") || json.nameIs("x5u") || json.nameIs("x5c");
  if (!json.skipValue() || keyMaterial) return Deny.HeaderInvalid;
  return extension ? Deny.CritUnsupported : Deny.None;
}

/** Whether `typ` is one of the types, which are in lower case; `application/` before it may be left out. */
export function hasType(types: List): bool {
  for (let i = 0; i < types.count; i++) {
    const type = changetype<Text>(itemAt(types, i));
    if (typeIs(type, 0) || (startsWithApplication() && typeIs(type, APPLICATION.length))) return true;
  }
  return false;
}

function startsWithApplication(): bool {
  return typeLength > APPLICATION.length && equalsIgnoringCase(typeAt, APPLICATION_BYTES, APPLICATION.length);
}

function typeIs(type: Text, start: i32): bool {
  return typeLength - start == type.length && equalsIgnoringCase(typeAt + start, type.at, type.length);
}

/** Decodes what a configuration says of single claims. */
import { Arena, allocateIn, copyInto } from "../bytes/arena";
import { writeDecimal } from "../bytes/decimal";
import * as json from "../bytes/json";
import { append, createList, List } from "../bytes/list";
import { startWriting, writtenAt, writtenLength } from "../bytes/writer";
import { MAX_CLAIM_PATH_LENGTH } from "../contract";
import { ClaimToHeader, ClaimValue, isNull, nothing, RequiredClaim, Text } from "./config";
import { entered, enterIndex, fail, leaveTo, NOT_JSON, pathMark, UNKNOWN } from "./problem";
import * as read from "./read";
import { TextKind } from "./read";

export function decodeRequiredClaimField(arena: Arena, claim: RequiredClaim): bool {
  if (entered("path")) {
    claim.path = decodePath(arena);
    return !isNull(claim.path);
  }
  if (!entered("values")) return fail(UNKNOWN);
  claim.values = decodeValues(arena);
  return !isNull(claim.values);
}

export function decodeClaimToHeaderField(arena: Arena, entry: ClaimToHeader): bool {
  if (entered("path")) {
    entry.path = decodePath(arena);
    return !isNull(entry.path);
  }
  if (!entered("header")) return fail(UNKNOWN);
  if (!read.readHeaderName(arena)) return false;
  entry.header = read.text;
  return true;
}

/** The names of members from the claims set down; null where it fails. */
function decodePath(arena: Arena): List {
  if (!read.readTexts(arena, TextKind.NonEmpty)) return nothing<List>();
  if (read.list.count > 0 && read.list.count <= MAX_CLAIM_PATH_LENGTH) return read.list;
  fail("must not be empty or so long");
  return nothing<List>();
}

/** A list of scalars, at least one; null where it fails. */
function decodeValues(arena: Arena): List {
  if (!json.enterArray()) {
    fail("must be an array");
    return nothing<List>();
  }
  const list = createList(arena);
  const mark = pathMark();
  let step = json.nextElement();
  while (step == json.MORE) {
    enterIndex(list.count);
    const value = decodeValue(arena);
    if (isNull(value)) return nothing<List>();
    append(list, changetype<usize>(value));
    leaveTo(mark);
    step = json.nextElement();
  }
  if (step != json.DONE) fail(NOT_JSON);
  else if (list.count == 0) fail("must not be empty");
  else return list;
  return nothing<List>();
}

function decodeValue(arena: Arena): ClaimValue {
  const kind = json.peek();
  const value = changetype<ClaimValue>(allocateIn(arena, offsetof<ClaimValue>()));
  value.kind = <u8>kind;
  if (kind == json.Kind.String) {
    if (!read.readText(arena)) return nothing<ClaimValue>();
    value.text = read.text;
    return value;
  }
  if (kind == json.Kind.Number) return decodeNumber(arena, value);
  const isBoolean = kind == json.Kind.True || kind == json.Kind.False;
  if (isBoolean && json.readLiteral(kind)) {
    value.text = createText(arena, 0, 0);
    return value;
  }
  fail("must be a string, a number or a boolean");
  return nothing<ClaimValue>();
}

function decodeNumber(arena: Arena, value: ClaimValue): ClaimValue {
  if (!json.readNumber() || abs(json.number) == Infinity) {
    fail("must be a number that a double can hold");
    return nothing<ClaimValue>();
  }
  startWriting();
  writeDecimal(json.numberAt, json.numberLength);
  value.text = createText(arena, writtenAt(), writtenLength());
  return value;
}

function createText(arena: Arena, at: usize, length: i32): Text {
  const text = changetype<Text>(allocateIn(arena, offsetof<Text>()));
  text.at = copyInto(arena, at, length);
  text.length = length;
  return text;
}

/**
 * The claims that policies name, of a token that is already known to be good: which of the demanded values they have,
 * and their text where they become a header. A claims set is read for this a second time, only where a policy asks.
 */
import { writeDecimal } from "../bytes/decimal";
import * as json from "../bytes/json";
import { startWriting, writtenAt, writtenLength } from "../bytes/writer";
import {
  BECOMES_HEADER,
  CLAIMS_SET,
  findClaim,
  HAS_MEMBERS,
  HAS_VALUES,
  MEMBER,
  usesOf,
} from "../policy/claim-table";
import { Config } from "../policy/config";
import { ClaimText, Facts, UNUSABLE } from "../policy/facts";

/** Most values, and most texts, that are kept; a token that has more lacks the rest. */
const MAX_VALUES: i32 = 1_024;
const MAX_TEXTS: i32 = 512;
const TEXT_BYTES: i32 = 16_384;
const values: usize = memory.data(4_096, 8);
const texts: usize = memory.data(6_144, 8);
const bytes: usize = memory.data(16_384, 8);
let valueCount: i32 = 0;
let textCount: i32 = 0;
let used: i32 = 0;

/** The text of the claim that is being read: where it starts, and whether a header can hold it. */
let textStart: i32 = 0;
let isUsable: bool = true;

let config: Config = changetype<Config>(0);

/** Reads a decoded claims set, resolving escapes in place, and notes what is found. False where it is not well-formed. */
export function readClaimValues(tables: Config, document: usize, length: i32, facts: Facts): bool {
  config = tables;
  valueCount = 0;
  textCount = 0;
  used = 0;
  json.open(document, length);
  if (!readMembers(CLAIMS_SET)) return false;
  facts.values = values;
  facts.valueCount = valueCount;
  facts.texts = texts;
  facts.textCount = textCount;
  facts.textBytes = used;
  return true;
}

/** Reads an object; recursion is bounded by the nesting that the scanner allows. */
function readMembers(parent: u32): bool {
  if (!json.enterObject()) return false;
  let step = json.nextMember();
  while (step == json.MORE) {
    const claim = findClaim(config, parent, MEMBER, json.nameAt, json.nameLength);
    if (claim < 0 ? !json.skipValue() : !readClaim(<u32>claim)) return false;
    step = json.nextMember();
  }
  return step == json.DONE;
}

function readClaim(claim: u32): bool {
  const uses = usesOf(config, claim);
  const kind = json.peek();
  if (kind == json.Kind.Null) return json.skipValue();
  textStart = used;
  isUsable = kind != json.Kind.Object;
  let isPresent = true;
  if (kind == json.Kind.Object) {
    if ((uses & BECOMES_HEADER) != 0) keepText(claim);
    return (uses & HAS_MEMBERS) != 0 ? readMembers(claim) : json.skipValue();
  }
  if (kind == json.Kind.Array) {
    const elements = readElements(claim, uses);
    if (elements < 0) return false;
    isPresent = elements > 0;
  } else if (!readScalar(claim, uses, kind)) return false;
  if (isPresent && (uses & BECOMES_HEADER) != 0) keepText(claim);
  return true;
}

/** Reads an array of scalars; returns how many elements it has, or -1. Other elements have no value. */
function readElements(claim: u32, uses: u8): i32 {
  if (!json.enterArray()) return -1;
  let count = 0;
  let step = json.nextElement();
  while (step == json.MORE) {
    const start = used;
    if (count > 0) addByte(0x2c);
    const kind = json.peek();
    const isScalar = kind != json.Kind.Object && kind != json.Kind.Array && kind != json.Kind.Null;
    if (isScalar ? !readScalar(claim, uses, kind) : !json.skipValue()) return -1;
    if (!isScalar || !isListElement(start + (count > 0 ? 1 : 0))) isUsable = false;
    count++;
    step = json.nextElement();
  }
  return step == json.DONE ? count : -1;
}

/** Reads a string, number or boolean: notes which demanded value it is, and adds its text. */
function readScalar(claim: u32, uses: u8, kind: json.Kind): bool {
  if (kind == json.Kind.String) {
    if (!json.readString()) return false;
    if ((uses & HAS_VALUES) != 0) keepValue(claim, kind, json.textAt, json.textLength);
    if ((uses & BECOMES_HEADER) != 0) addText(json.textAt, json.textLength);
    return true;
  }
  if (kind == json.Kind.Number) {
    if (!json.readNumber()) return false;
    if ((uses & HAS_VALUES) != 0) keepNumber(claim);
    if ((uses & BECOMES_HEADER) != 0) addText(json.numberAt, json.numberLength);
    return true;
  }
  if (!json.readLiteral(kind)) return false;
  if ((uses & HAS_VALUES) != 0) keepValue(claim, kind, 0, 0);
  if ((uses & BECOMES_HEADER) != 0) addLiteral(kind == json.Kind.True ? "true" : "false");
  return true;
}

function keepNumber(claim: u32): void {
  startWriting();
  writeDecimal(json.numberAt, json.numberLength);
  keepValue(claim, json.Kind.Number, writtenAt(), writtenLength());
}

function keepValue(claim: u32, kind: json.Kind, at: usize, length: i32): void {
  const number = findClaim(config, claim, <u8>kind, at, length);
  if (number < 0 || valueCount >= MAX_VALUES) return;
  store<u32>(values + (valueCount << 2), number);
  valueCount++;
}

function addByte(byte: u8): void {
  if (used >= TEXT_BYTES) {
    isUsable = false;
    return;
  }
  store<u8>(bytes + used, byte);
  used++;
}

function addLiteral(text: string): void {
  for (let i = 0; i < text.length; i++) addByte(<u8>text.charCodeAt(i));
}

/** Adds a text as it is. A header holds no control characters, and loses spaces around it (RFC 9110, section 5.5). */
function addText(at: usize, length: i32): void {
  if (length > 0 && (load<u8>(at) == 0x20 || load<u8>(at + length - 1) == 0x20)) isUsable = false;
  for (let i = 0; i < length; i++) {
    const byte = load<u8>(at + i);
    if (byte < 0x20 || byte == 0x7f) isUsable = false;
    addByte(byte);
  }
}

/** Whether the bytes since `start` are one element of a list: not empty, and without comma. */
function isListElement(start: i32): bool {
  if (start >= used) return false;
  for (let i = start; i < used; i++) if (load<u8>(bytes + i) == 0x2c) return false;
  return true;
}

function keepText(claim: u32): void {
  if (textCount >= MAX_TEXTS) return;
  const text = changetype<ClaimText>(texts + <usize>textCount * offsetof<ClaimText>());
  text.claim = claim;
  text.at = bytes + textStart;
  text.length = isUsable ? used - textStart : UNUSABLE;
  textCount++;
}

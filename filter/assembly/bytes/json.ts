/**
 * A pull scanner for JSON (RFC 8259) over bytes that the caller owns and lets it change: escapes are resolved in
 * place. It allocates nothing, never fails otherwise than by its return values, bounds nesting and members, and
 * refuses what parsers disagree about: duplicate names (resolved before they are compared), invalid UTF-8,
 * lone surrogates, a byte order mark, anything behind the value.
 *
 * One document is scanned at a time. Names and strings that it hands out stay valid until the next call of `open`.
 */
import { MAX_JSON_DEPTH, MAX_JSON_MEMBERS } from "../contract";
import { parsedNumber, parseNumber } from "./json-number";
import { scannedEnd, scannedLength, scanString } from "./json-string";
import { equalsString, hashBytes } from "./slice";

/** What comes next in the document. */
export enum Kind {
  Invalid,
  Object,
  Array,
  String,
  Number,
  True,
  False,
  Null,
}

/** Results of `nextMember` and `nextElement`. */
export const MORE: i32 = 1;
export const DONE: i32 = 0;
export const FAILED: i32 = -1;

let at: usize = 0;
let end: usize = 0;
let depth: i32 = 0;

/** For each open object or array: whether a comma is due before its next item. */
const commaDue: usize = memory.data(64);
/** For each open object: where its names begin in `nameHashes`. */
const firstName: usize = memory.data(256, 4);
/** Hashes of the names of all objects that are open. */
const nameHashes: usize = memory.data(4096, 8);
let names: i32 = 0;

/** The name of the member that `nextMember` moved to. */
export let nameAt: usize = 0;
export let nameLength: i32 = 0;
/** The text of the last `readString`. */
export let textAt: usize = 0;
export let textLength: i32 = 0;
/** The value of the last `readNumber`, and how it is written. */
export let number: f64 = 0;
export let numberAt: usize = 0;
export let numberLength: i32 = 0;

/** Starts on a new document. */
export function open(document: usize, length: i32): void {
  at = document;
  end = document + length;
  depth = 0;
  names = 0;
}

/** Whether nothing but white space is left. */
export function isAtEnd(): bool {
  skipSpace();
  return at == end && depth == 0;
}

function skipSpace(): void {
  while (at < end) {
    const byte = load<u8>(at);
    if (byte != 0x20 && byte != 0x0a && byte != 0x0d && byte != 0x09) return;
    at++;
  }
}

/** The kind of the value that comes next; says nothing yet about whether it is well-formed. */
export function peek(): Kind {
  skipSpace();
  if (at >= end) return Kind.Invalid;
  const byte = load<u8>(at);
  if (byte == 0x22) return Kind.String;
  if (byte == 0x7b) return Kind.Object;
  if (byte == 0x5b) return Kind.Array;
  if (byte == 0x74) return Kind.True;
  if (byte == 0x66) return Kind.False;
  if (byte == 0x6e) return Kind.Null;
  if (byte == 0x2d || (byte >= 0x30 && byte <= 0x39)) return Kind.Number;
  return Kind.Invalid;
}

function take(byte: u8): bool {
  skipSpace();
  if (at >= end || load<u8>(at) != byte) return false;
  at++;
  return true;
}

function enter(bracket: u8): bool {
  if (depth >= MAX_JSON_DEPTH || !take(bracket)) return false;
  store<u8>(commaDue + depth, 0);
  store<i32>(firstName + (depth << 2), names);
  depth++;
  return true;
}

/** Enters an object; false where none comes next or the nesting is too deep. */
export function enterObject(): bool {
  return enter(0x7b);
}

/** Enters an array; false where none comes next or the nesting is too deep. */
export function enterArray(): bool {
  return enter(0x5b);
}

function leaveOrSeparate(bracket: u8): i32 {
  if (depth <= 0) return FAILED;
  const level = depth - 1;
  if (take(bracket)) {
    depth = level;
    names = load<i32>(firstName + (level << 2));
    return DONE;
  }
  if (load<u8>(commaDue + level) != 0 && !take(0x2c)) return FAILED;
  store<u8>(commaDue + level, 1);
  return MORE;
}

/** Moves to the next member of the open object: `MORE` with its name, `DONE` behind the last one, or `FAILED`. */
export function nextMember(): i32 {
  const step = leaveOrSeparate(0x7d);
  if (step != MORE) return step;
  if (!readString()) return FAILED;
  nameAt = textAt;
  nameLength = textLength;
  return recordName() && take(0x3a) ? MORE : FAILED;
}

function recordName(): bool {
  if (names >= MAX_JSON_MEMBERS) return false;
  const hash = hashBytes(nameAt, nameLength);
  const first = load<i32>(firstName + ((depth - 1) << 2));
  for (let i = first; i < names; i++) {
    if (load<u64>(nameHashes + (i << 3)) == hash) return false;
  }
  store<u64>(nameHashes + (names << 3), hash);
  names++;
  return true;
}

/** Moves to the next element of the open array: `MORE`, `DONE` behind the last one, or `FAILED`. */
export function nextElement(): i32 {
  return leaveOrSeparate(0x5d);
}

/** Whether the current member has this name. */
export function nameIs(name: string): bool {
  return equalsString(nameAt, nameLength, name);
}

/** Whether the last string read is this text. */
export function textIs(text: string): bool {
  return equalsString(textAt, textLength, text);
}

/** Reads a string; false where none comes next or it is not well-formed. */
export function readString(): bool {
  if (!take(0x22)) return false;
  if (!scanString(at, end)) return false;
  textAt = at;
  textLength = scannedLength;
  at = scannedEnd;
  return true;
}

/** Reads a number; false where none comes next or it is not well-formed. Huge numbers are infinite. */
export function readNumber(): bool {
  skipSpace();
  const behind = parseNumber(at, end);
  if (behind == 0) return false;
  number = parsedNumber;
  numberAt = at;
  numberLength = <i32>(behind - at);
  at = behind;
  return true;
}

function readWord(word: string): bool {
  const length = word.length;
  if (<i32>(end - at) < length || !equalsString(at, length, word)) return false;
  at += length;
  return true;
}

/** Reads `true`, `false` or `null`, whichever `kind` says comes next. */
export function readLiteral(kind: Kind): bool {
  if (kind == Kind.True) return readWord("true");
  if (kind == Kind.False) return readWord("false");
  return kind == Kind.Null && readWord("null");
}

/** Reads over a whole value and checks it; recursion is bounded by `MAX_JSON_DEPTH`. */
export function skipValue(): bool {
  const kind = peek();
  if (kind == Kind.String) return readString();
  if (kind == Kind.Number) return readNumber();
  if (kind == Kind.Object) return skipObject();
  if (kind == Kind.Array) return skipArray();
  return readLiteral(kind);
}

function skipObject(): bool {
  if (!enterObject()) return false;
  let step = nextMember();
  while (step == MORE) {
    if (!skipValue()) return false;
    step = nextMember();
  }
  return step == DONE;
}

function skipArray(): bool {
  if (!enterArray()) return false;
  let step = nextElement();
  while (step == MORE) {
    if (!skipValue()) return false;
    step = nextElement();
  }
  return step == DONE;
}

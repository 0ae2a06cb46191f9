/** Reads single values of a configuration into its arena; each notes the problem where it fails. */
import { Arena, allocateIn, copyInto } from "../bytes/arena";
import * as json from "../bytes/json";
import { append, createList, List } from "../bytes/list";
import { ID_LENGTH, MAX_HEADER_NAME_CHARACTERS } from "../contract";
import { algorithmBit, algorithmOf } from "../jose/algorithms";
import { nothing, Text } from "./config";
import { enterIndex, fail, leaveTo, NOT_JSON, pathMark } from "./problem";

/** Results of the last reader that succeeded. */
export let text: Text = nothing<Text>();
export let list: List = nothing<List>();
export let flag: bool = false;
export let mask: u32 = 0;
export let integer: i32 = 0;

/** A string, possibly empty. */
export function readText(arena: Arena): bool {
  if (!json.readString()) return fail("must be a string");
  text = changetype<Text>(allocateIn(arena, offsetof<Text>()));
  text.at = copyInto(arena, json.textAt, json.textLength);
  text.length = json.textLength;
  return true;
}

/** A string of at least one character. */
export function readNonEmptyText(arena: Arena): bool {
  if (!readText(arena)) return false;
  return text.length > 0 || fail("must not be empty");
}

/** An id: lower-case hexadecimal digits, `ID_LENGTH` of them. */
export function readId(arena: Arena): bool {
  if (!readText(arena)) return false;
  return (text.length == ID_LENGTH && isHexadecimal()) || fail("must be an id");
}

/** Whether the last text has only lower-case hexadecimal digits. */
export function isHexadecimal(): bool {
  for (let i = 0; i < text.length; i++) {
    const byte = load<u8>(text.at + i);
    if (!((byte >= 0x30 && byte <= 0x39) || (byte >= 0x61 && byte <= 0x66))) return false;
  }
  return true;
}

export function readFlag(): bool {
  const kind = json.peek();
  if (kind != json.Kind.True && kind != json.Kind.False) return fail("must be a boolean");
  flag = kind == json.Kind.True;
  return json.readLiteral(kind) || fail(NOT_JSON);
}

/** Numbers of so many characters are read without an error; longer ones are rounded, perhaps to a whole number. */
const MAX_EXACT_CHARACTERS: i32 = 15;

/** Whether the last number is what its text says. */
export function isExact(): bool {
  return json.numberLength <= MAX_EXACT_CHARACTERS;
}

/** A whole number in [least, most]. */
export function readInteger(least: i32, most: i32): bool {
  if (!json.readNumber()) return fail("must be a number");
  const inRange = json.number >= <f64>least && json.number <= <f64>most;
  const isWhole = json.number == floor(json.number) && isExact();
  if (!inRange || !isWhole) return fail("must be a whole number in range");
  integer = <i32>json.number;
  return true;
}

/** A string of visible ASCII characters, at least one. */
export function readVisibleText(arena: Arena): bool {
  if (!readNonEmptyText(arena)) return false;
  for (let i = 0; i < text.length; i++) {
    const byte = load<u8>(text.at + i);
    if (byte < 0x21 || byte > 0x7e) return fail("must be visible ASCII characters");
  }
  return true;
}

/** A list of algorithm names, at least one, into `mask`. */
export function readAlgorithms(): bool {
  if (!json.enterArray()) return fail("must be an array");
  const mark = pathMark();
  mask = 0;
  let index = 0;
  let step = json.nextElement();
  while (step == json.MORE) {
    enterIndex(index);
    if (!json.readString()) return fail("must be a string");
    const algorithm = algorithmOf(json.textAt, json.textLength);
    if (algorithm < 0) return fail("must be a supported algorithm");
    mask |= algorithmBit(algorithm);
    leaveTo(mark);
    index++;
    step = json.nextElement();
  }
  if (step != json.DONE) return fail(NOT_JSON);
  return mask != 0 || fail("must not be empty");
}

/** What the strings of a list are. */
export enum TextKind {
  NonEmpty,
  Visible,
  Id,
  /** Visible ASCII characters without upper-case letters. */
  LowerCase,
}

function readTextOf(arena: Arena, kind: TextKind): bool {
  if (kind == TextKind.Id) return readId(arena);
  if (kind == TextKind.Visible) return readVisibleText(arena);
  return kind == TextKind.LowerCase ? readLowerCaseText(arena) : readNonEmptyText(arena);
}

/** Visible ASCII characters, at least one, and no upper-case letter. */
function readLowerCaseText(arena: Arena): bool {
  if (!readVisibleText(arena)) return false;
  for (let i = 0; i < text.length; i++) {
    if (isUpperCase(load<u8>(text.at + i))) return fail("must be in lower case");
  }
  return true;
}

function isUpperCase(byte: u8): bool {
  return byte >= 0x41 && byte <= 0x5a;
}

/** The name of a header in lower case (RFC 9110, section 5.1). */
export function readHeaderName(arena: Arena): bool {
  return readNonEmptyText(arena) && (isHeaderName(text) || fail("must be a header name in lower case"));
}

/** Whether a text is the name of a header in lower case, and not too long. */
export function isHeaderName(name: Text): bool {
  if (name.length > MAX_HEADER_NAME_CHARACTERS) return false;
  for (let i = 0; i < name.length; i++) {
    const byte = load<u8>(name.at + i);
    if (!isTokenCharacter(byte) || isUpperCase(byte)) return false;
  }
  return true;
}

/** `tchar` of RFC 9110, section 5.6.2. */
function isTokenCharacter(byte: u8): bool {
  const lower = byte | 0x20;
  if ((lower >= 0x61 && lower <= 0x7a) || (byte >= 0x30 && byte <= 0x39)) return true;
  if (byte == 0x21 || (byte >= 0x23 && byte <= 0x27) || byte == 0x2a || byte == 0x2b) return true;
  return byte == 0x2d || byte == 0x2e || (byte >= 0x5e && byte <= 0x60) || byte == 0x7c || byte == 0x7e;
}

/** A list of strings of one kind into `list`. */
export function readTexts(arena: Arena, kind: TextKind): bool {
  if (!json.enterArray()) return fail("must be an array");
  const mark = pathMark();
  const texts = createList(arena);
  let step = json.nextElement();
  while (step == json.MORE) {
    enterIndex(texts.count);
    if (!readTextOf(arena, kind)) return false;
    append(texts, changetype<usize>(text));
    leaveTo(mark);
    step = json.nextElement();
  }
  if (step != json.DONE) return fail(NOT_JSON);
  list = texts;
  return true;
}

/** Reads single values of a configuration into its arena; each notes the problem where it fails. */
import { Arena, allocateIn, copyInto } from "../bytes/arena";
import * as json from "../bytes/json";
import { append, createList, List } from "../bytes/list";
import { ID_LENGTH } from "../contract";
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

/** A whole number in [least, most]. */
export function readInteger(least: i32, most: i32): bool {
  if (!json.readNumber()) return fail("must be a number");
  const inRange = json.number >= <f64>least && json.number <= <f64>most;
  if (!inRange || json.number != floor(json.number)) return fail("must be a whole number in range");
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

/** A list of non-empty strings, or of ids, into `list`. */
export function readTexts(arena: Arena, ids: bool): bool {
  if (!json.enterArray()) return fail("must be an array");
  const mark = pathMark();
  const texts = createList(arena);
  let step = json.nextElement();
  while (step == json.MORE) {
    enterIndex(texts.count);
    if (ids ? !readId(arena) : !readNonEmptyText(arena)) return false;
    append(texts, changetype<usize>(text));
    leaveTo(mark);
    step = json.nextElement();
  }
  if (step != json.DONE) return fail(NOT_JSON);
  list = texts;
  return true;
}

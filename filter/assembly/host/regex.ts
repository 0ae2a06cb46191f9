/**
 * Regular expressions by the host's RE2, through the functions that evaluate the Common Expression Language. An
 * expression lives no longer than the call: it belongs to a plugin context, and requests of several share this code.
 */
import { asciiBytes } from "../bytes/ascii";
import { startWriting, writeByte, writeBytes, writeString, writtenAt, writtenLength } from "../bytes/writer";
import { callForeignFunction, valueAt, valueLength } from "./hostcalls";

const CREATE: string = "expr_create";
const CREATE_NAME: usize = asciiBytes(CREATE);
const EVALUATE: string = "expr_evaluate";
const EVALUATE_NAME: usize = asciiBytes(EVALUATE);
const DELETE: string = "expr_delete";
const DELETE_NAME: usize = asciiBytes(DELETE);

/** Longest text and longest expression; what is longer does not match. */
const MAX_TEXT: i32 = 1_024;
const MAX_EXPRESSION: i32 = 3_072;
const TOKEN_BYTES: i32 = 4;
const token: usize = memory.data(4, 4);

/**
 * Whether an expression (RE2) matches a whole text, which must be ASCII. False where that is not certain. What was
 * being written is gone afterwards.
 */
export function matchesWhole(expression: usize, expressionLength: i32, text: usize, textLength: i32): bool {
  if (expressionLength > MAX_EXPRESSION || textLength > MAX_TEXT) return false;
  startWriting();
  writeLiteral(text, textLength, "", "");
  writeString(".matches(");
  writeLiteral(expression, expressionLength, "\\\\A(?:", ")\\\\z");
  writeByte(0x29);
  if (!callForeignFunction(CREATE_NAME, CREATE.length, writtenAt(), writtenLength())) return false;
  if (valueLength != TOKEN_BYTES) return false;
  store<u32>(token, load<u32>(valueAt));
  const evaluated = callForeignFunction(EVALUATE_NAME, EVALUATE.length, token, TOKEN_BYTES);
  const matches = evaluated && valueLength == 1 && load<u8>(valueAt) == 1;
  callForeignFunction(DELETE_NAME, DELETE.length, token, TOKEN_BYTES);
  return matches;
}

/** Writes bytes as a string literal, between texts that are escaped already. */
function writeLiteral(at: usize, length: i32, before: string, after: string): void {
  writeByte(0x22);
  writeString(before);
  for (let i = 0; i < length; i++) {
    const byte = load<u8>(at + i);
    if (byte >= 0x20 && byte != 0x22 && byte != 0x5c && byte != 0x7f) writeByte(byte);
    else writeOctal(byte);
  }
  writeString(after);
  writeByte(0x22);
}

function writeOctal(byte: i32): void {
  writeByte(0x5c);
  for (let shift = 6; shift >= 0; shift -= 3) writeByte(0x30 + ((byte >> shift) & 7));
}

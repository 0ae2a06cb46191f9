/** Why a configuration was refused: a JSON Pointer (RFC 6901) to the member, and what is wrong with it. */
import * as json from "../bytes/json";
import { startWriting, writeByte, writeBytes, writeString } from "../bytes/writer";

export const NOT_JSON: string = "is not valid JSON";
export const UNKNOWN: string = "is not a known member";
export const MISSING: string = "lacks a required member";

const CAPACITY: i32 = 256;
const path: usize = memory.data(256);
let pathLength: i32 = 0;
let message: string = "";

/** Starts over at the root. */
export function startPath(): void {
  pathLength = 0;
  message = "";
}

/** Where the path ends now, to come back to by `leaveTo`. */
export function pathMark(): i32 {
  return pathLength;
}

export function leaveTo(mark: i32): void {
  pathLength = mark;
}

/** Goes down to a member. */
export function enterMember(name: string): void {
  push(0x2f);
  for (let i = 0; i < name.length; i++) push(name.charCodeAt(i));
}

/** Whether the current member has this name; if so, the path goes down to it. */
export function entered(name: string): bool {
  if (!json.nameIs(name)) return false;
  enterMember(name);
  return true;
}

/** Goes down to an element. */
export function enterIndex(index: i32): void {
  push(0x2f);
  let divisor = 1;
  while (index / divisor >= 10) divisor *= 10;
  for (; divisor > 0; divisor /= 10) push(0x30 + ((index / divisor) % 10));
}

function push(byte: i32): void {
  if (pathLength >= CAPACITY) return;
  store<u8>(path + pathLength, <u8>byte);
  pathLength++;
}

/** Notes what is wrong at the current path. Always false, so that a decoder can return it. */
export function fail(text: string): bool {
  if (message.length == 0) message = text;
  return false;
}

/** Writes the log line for the refused configuration. */
export function writeProblem(): void {
  startWriting();
  writeString("tollgate: configuration refused: ");
  if (pathLength == 0) writeByte(0x2f);
  writeBytes(path, pathLength);
  writeString(": ");
  writeString(message);
}

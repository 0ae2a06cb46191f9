/**
 * The message of the host function `verify_signature` in protobuf's wire format: 1 hash function, 2 public key
 * (SPKI DER), 3 signature, 4 text. Its answer: 1 whether the signature is right, 2 an error.
 */
import { Arena, allocateIn } from "../bytes/arena";

const LENGTH_DELIMITED: i32 = 2;

/** The field that the last `writeLengthDelimited` made. */
export let writtenField: usize = 0;
export let writtenFieldLength: i32 = 0;

/** Bytes of a varint. */
export function varintLength(value: u32): i32 {
  let length = 1;
  for (; value >= 0x80; value >>= 7) length++;
  return length;
}

/** Writes a varint; returns the address behind it. */
export function writeVarint(value: u32, target: usize): usize {
  for (; value >= 0x80; value >>= 7) {
    store<u8>(target, <u8>(value | 0x80));
    target++;
  }
  store<u8>(target, <u8>value);
  return target + 1;
}

/** Writes tag and length of a length-delimited field; returns the address where its content goes. */
export function writeFieldHeader(field: i32, length: i32, target: usize): usize {
  store<u8>(target, <u8>((field << 3) | LENGTH_DELIMITED));
  return writeVarint(length, target + 1);
}

/** Makes a whole field in an arena. */
export function writeLengthDelimited(arena: Arena, field: i32, content: usize, length: i32): void {
  writtenFieldLength = 1 + varintLength(length) + length;
  writtenField = allocateIn(arena, writtenFieldLength);
  memory.copy(writeFieldHeader(field, length, writtenField), content, length);
}

/** Whether an answer of the host says that the signature is right. */
export function isRight(answer: usize, length: i32): bool {
  return length >= 2 && load<u8>(answer) == 0x08 && load<u8>(answer, 1) == 0x01;
}

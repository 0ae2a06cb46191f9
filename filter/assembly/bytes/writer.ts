/** Builds short texts (names of counters, answers, log lines) as UTF-8 in one fixed buffer. */
const CAPACITY: i32 = 16_384;
const buffer: usize = memory.data(16_384, 8);
let length: i32 = 0;

/** Starts a new text; the one before is gone. */
export function startWriting(): void {
  length = 0;
}

/** Address of the text. */
export function writtenAt(): usize {
  return buffer;
}

/** Bytes of the text so far. */
export function writtenLength(): i32 {
  return length;
}

/** Appends one byte. Everything past the capacity is cut. */
export function writeByte(byte: i32): void {
  if (length >= CAPACITY) return;
  store<u8>(buffer + length, <u8>byte);
  length += 1;
}

/** Appends an ASCII string of the program itself. */
export function writeString(text: string): void {
  for (let i = 0; i < text.length; i++) writeByte(text.charCodeAt(i));
}

/** Appends bytes. */
export function writeBytes(at: usize, count: i32): void {
  const fitting = min(count, CAPACITY - length);
  if (fitting <= 0) return;
  memory.copy(buffer + length, at, fitting);
  length += fitting;
}

/** Appends an unsigned decimal number. */
export function writeNumber(value: u32): void {
  if (value >= 10) writeNumber(value / 10);
  writeByte(0x30 + <i32>(value % 10));
}

/**
 * Headers in the form of the ABI: their count, the lengths of each name and value, then the bytes of each, every one
 * closed by NUL.
 */
import { writeByte, writeBytes, writtenLength } from "../bytes/writer";

const MAX_PAIRS: i32 = 16;
/** Bytes of all names and values together; a header that does not fit is left out. */
const MAX_BYTES: i32 = 8_192;

@unmanaged
class Pair {
  name: usize;
  nameLength: i32;
  value: usize;
  valueLength: i32;
}

const pairs: usize = memory.data(256, 8);
let count: i32 = 0;
let bytes: i32 = 0;

function pairAt(index: i32): Pair {
  return changetype<Pair>(pairs + <usize>index * offsetof<Pair>());
}

/** Starts over without headers. */
export function startPairs(): void {
  count = 0;
  bytes = 0;
}

/** Adds a header, whose bytes must stay as they are until `writePairs`. */
export function addPair(name: usize, nameLength: i32, value: usize, valueLength: i32): void {
  if (count == MAX_PAIRS || valueLength > MAX_BYTES - bytes - nameLength) return;
  const pair = pairAt(count);
  pair.name = name;
  pair.nameLength = nameLength;
  pair.value = value;
  pair.valueLength = valueLength;
  bytes += nameLength + valueLength;
  count++;
}

/** Appends the headers to the text that is being written; returns how many bytes they take. */
export function writePairs(): i32 {
  const before = writtenLength();
  writeWord(count);
  for (let i = 0; i < count; i++) {
    const pair = pairAt(i);
    writeWord(pair.nameLength);
    writeWord(pair.valueLength);
  }
  for (let i = 0; i < count; i++) {
    const pair = pairAt(i);
    writeTerminated(pair.name, pair.nameLength);
    writeTerminated(pair.value, pair.valueLength);
  }
  return writtenLength() - before;
}

function writeWord(value: u32): void {
  for (let shift = 0; shift < 32; shift += 8) writeByte((value >> shift) & 0xff);
}

function writeTerminated(at: usize, length: i32): void {
  writeBytes(at, length);
  writeByte(0);
}

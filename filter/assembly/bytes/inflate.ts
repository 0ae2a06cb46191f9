/**
 * Inflates raw DEFLATE (RFC 1951) into memory of a bounded size. What zlib refuses is refused: codes with too many or
 * too few symbols, a block without an end, a distance before the start. So are bytes behind the last block.
 */
import { createArena, freeArena } from "./arena";
import { buildHuffmanTable, createHuffmanTable, entryOf, HuffmanTable } from "./huffman";

const END_OF_BLOCK: i32 = 256;
const MAX_LITERAL_CODES: i32 = 286;
const MAX_DISTANCE_CODES: i32 = 30;
/** Code lengths that repeat others: the one before, and zero in two sizes. */
const REPEAT_BEFORE: i32 = 16;
const REPEAT_ZERO_SHORT: i32 = 17;

/** For length codes 257 to 285: the shortest length, and how many bits are to be added. */
const LENGTH_BASE: StaticArray<u16> = [
  3, 4, 5, 6, 7, 8, 9, 10, 11, 13, 15, 17, 19, 23, 27, 31, 35, 43, 51, 59, 67, 83, 99, 115, 131, 163, 195,
  227, 258,
];
const LENGTH_BITS: StaticArray<u8> = [
  0, 0, 0, 0, 0, 0, 0, 0, 1, 1, 1, 1, 2, 2, 2, 2, 3, 3, 3, 3, 4, 4, 4, 4, 5, 5, 5, 5, 0,
];
/** The same for distance codes. */
const DISTANCE_BASE: StaticArray<u16> = [
  1, 2, 3, 4, 5, 7, 9, 13, 17, 25, 33, 49, 65, 97, 129, 193, 257, 385, 513, 769, 1025, 1537, 2049, 3073, 4097,
  6145, 8193, 12289, 16385, 24577,
];
const DISTANCE_BITS: StaticArray<u8> = [
  0, 0, 0, 0, 1, 1, 2, 2, 3, 3, 4, 4, 5, 5, 6, 6, 7, 7, 8, 8, 9, 9, 10, 10, 11, 11, 12, 12, 13, 13,
];
/** The order in which a block names the lengths of the code that its code lengths are written in. */
const CODE_LENGTH_ORDER: StaticArray<u8> = [16, 17, 18, 0, 8, 7, 9, 6, 10, 5, 11, 4, 12, 3, 13, 2, 14, 1, 15];

/** Lengths of the codes of a block: literals and lengths, then distances. */
const codeLengths: usize = memory.data(320);

let at: usize = 0;
let end: usize = 0;
/** Bits that were read but not taken, the first one lowest; those above `bitCount` are zero. */
let bits: u64 = 0;
let bitCount: i32 = 0;
let out: usize = 0;
let outStart: usize = 0;
let outEnd: usize = 0;
let literals: HuffmanTable = changetype<HuffmanTable>(0);
let distances: HuffmanTable = changetype<HuffmanTable>(0);

/**
 * Inflates `length` bytes, all of them, to `target`, which has room for `capacity` bytes. Returns the number of bytes
 * there, or -1.
 */
export function inflate(source: usize, length: i32, target: usize, capacity: i32): i32 {
  at = source;
  end = source + length;
  bits = 0;
  bitCount = 0;
  out = target;
  outStart = target;
  outEnd = target + capacity;
  const arena = createArena();
  literals = createHuffmanTable(arena);
  distances = createHuffmanTable(arena);
  const isInflated = inflateBlocks();
  freeArena(arena);
  return isInflated && at == end && bitCount < 8 ? <i32>(out - target) : -1;
}

function inflateBlocks(): bool {
  let isLast = false;
  while (!isLast) {
    if (!need(3)) return false;
    isLast = take(1) == 1;
    const kind = take(2);
    if (kind == 0) {
      if (!copyStored()) return false;
    } else {
      const hasCodes = kind == 1 ? buildFixedCodes() : kind == 2 && readCodes();
      if (!hasCodes || !inflateCodes()) return false;
    }
  }
  return true;
}

/** Reads on until at least 56 bits are there, or all that are left. */
function refill(): void {
  while (bitCount <= 56 && at < end) {
    bits |= (<u64>load<u8>(at)) << bitCount;
    bitCount += 8;
    at++;
  }
}

function need(count: i32): bool {
  refill();
  return bitCount >= count;
}

/** The next bits, at most 16; they must be there. */
function take(count: i32): i32 {
  const value = <i32>(bits & ((1 << count) - 1));
  drop(count);
  return value;
}

function drop(count: i32): void {
  bits >>= count;
  bitCount -= count;
}

/** Takes a symbol, or -1 where the bits are no code. */
function takeSymbol(table: HuffmanTable): i32 {
  const entry = entryOf(table, <u32>bits);
  const length = <i32>(entry & 15);
  if (length == 0 || length > bitCount) return -1;
  drop(length);
  return <i32>(entry >> 4);
}

function copyStored(): bool {
  drop(bitCount & 7);
  if (!need(32)) return false;
  const length = take(16);
  if ((take(16) ^ length) != 0xffff) return false;
  at -= bitCount >> 3;
  bits = 0;
  bitCount = 0;
  if (<usize>length > end - at || <usize>length > outEnd - out) return false;
  memory.copy(out, at, length);
  at += length;
  out += length;
  return true;
}

function buildFixedCodes(): bool {
  memory.fill(codeLengths, 8, 144);
  memory.fill(codeLengths + 144, 9, 112);
  memory.fill(codeLengths + 256, 7, 24);
  memory.fill(codeLengths + 280, 8, 8);
  memory.fill(codeLengths + 288, 5, 32);
  return (
    buildHuffmanTable(literals, codeLengths, 288, false) &&
    buildHuffmanTable(distances, codeLengths + 288, 32, false)
  );
}

function readCodes(): bool {
  if (!need(14)) return false;
  const literalCodes = take(5) + 257;
  const distanceCodes = take(5) + 1;
  const orderCodes = take(4) + 4;
  if (literalCodes > MAX_LITERAL_CODES || distanceCodes > MAX_DISTANCE_CODES) return false;
  memory.fill(codeLengths, 0, 19);
  for (let i = 0; i < orderCodes; i++) {
    if (!need(3)) return false;
    store<u8>(codeLengths + <usize>unchecked(CODE_LENGTH_ORDER[i]), <u8>take(3));
  }
  if (!buildHuffmanTable(literals, codeLengths, 19, false)) return false;
  if (!readCodeLengths(literalCodes + distanceCodes)) return false;
  if (load<u8>(codeLengths + END_OF_BLOCK) == 0) return false;
  return (
    buildHuffmanTable(literals, codeLengths, literalCodes, true) &&
    buildHuffmanTable(distances, codeLengths + literalCodes, distanceCodes, true)
  );
}

/** Reads `count` code lengths, which are themselves in the code that `literals` holds now. */
function readCodeLengths(count: i32): bool {
  let index = 0;
  while (index < count) {
    refill();
    const symbol = takeSymbol(literals);
    if (symbol < 0) return false;
    if (symbol < REPEAT_BEFORE) {
      store<u8>(codeLengths + index, <u8>symbol);
      index++;
      continue;
    }
    if (symbol == REPEAT_BEFORE && index == 0) return false;
    const repeated: u8 = symbol == REPEAT_BEFORE ? load<u8>(codeLengths + index - 1) : 0;
    const extraBits = symbol == REPEAT_BEFORE ? 2 : symbol == REPEAT_ZERO_SHORT ? 3 : 7;
    if (bitCount < extraBits) return false;
    const times = take(extraBits) + (extraBits == 7 ? 11 : 3);
    if (times > count - index) return false;
    memory.fill(codeLengths + index, repeated, times);
    index += times;
  }
  return true;
}

function inflateCodes(): bool {
  while (true) {
    refill();
    const symbol = takeSymbol(literals);
    if (symbol < 0) return false;
    if (symbol < END_OF_BLOCK) {
      if (out == outEnd) return false;
      store<u8>(out, <u8>symbol);
      out++;
    } else if (symbol == END_OF_BLOCK) return true;
    else if (!copyMatch(symbol - 257)) return false;
  }
}

/** Repeats earlier output; the 48 bits that it may take are there unless the input ends. */
function copyMatch(code: i32): bool {
  if (code >= LENGTH_BASE.length) return false;
  const lengthBits = <i32>unchecked(LENGTH_BITS[code]);
  if (bitCount < lengthBits) return false;
  const length = <i32>unchecked(LENGTH_BASE[code]) + take(lengthBits);
  const distanceCode = takeSymbol(distances);
  if (distanceCode < 0 || distanceCode >= DISTANCE_BASE.length) return false;
  const distanceBits = <i32>unchecked(DISTANCE_BITS[distanceCode]);
  if (bitCount < distanceBits) return false;
  const distance = <usize>unchecked(DISTANCE_BASE[distanceCode]) + take(distanceBits);
  if (distance > out - outStart || <usize>length > outEnd - out) return false;
  for (let i = 0; i < length; i++) store<u8>(out + i, load<u8>(out + i - distance));
  out += length;
  return true;
}

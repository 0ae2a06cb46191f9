/** Canonical Huffman codes (RFC 1951, section 3.2.2), looked up by the bits that come next. */
import { Arena, allocateIn } from "./arena";

const MAX_CODE_LENGTH: i32 = 15;

/** For each length, how many codes have it; then the next code of that length. */
const counts: usize = memory.data(64, 4);
const nextCodes: usize = memory.data(64, 4);

@unmanaged
export class HuffmanTable {
  /** Bits that an entry is looked up by. */
  mask: u32;
  /** `symbol << 4 | length of its code`, u16 each; 0 where no code begins like that. */
  entries: usize;
}

/** A table with room for any code. */
export function createHuffmanTable(arena: Arena): HuffmanTable {
  const table = changetype<HuffmanTable>(allocateIn(arena, offsetof<HuffmanTable>()));
  table.entries = allocateIn(arena, 2 << MAX_CODE_LENGTH);
  return table;
}

/**
 * Makes the table for `count` symbols whose code lengths are the bytes at `lengths`. False where a code is ambiguous,
 * or where bits are left that are no code; `mayHaveOne` allows a code of one symbol, or of none.
 */
export function buildHuffmanTable(table: HuffmanTable, lengths: usize, count: i32, mayHaveOne: bool): bool {
  memory.fill(counts, 0, 64);
  for (let symbol = 0; symbol < count; symbol++) {
    const slot = counts + ((<usize>load<u8>(lengths + symbol)) << 2);
    store<u32>(slot, load<u32>(slot) + 1);
  }
  let longest = MAX_CODE_LENGTH;
  while (longest > 1 && load<u32>(counts + ((<usize>longest) << 2)) == 0) longest--;
  if (!numberCodes(longest, mayHaveOne)) return false;
  table.mask = (1 << longest) - 1;
  memory.fill(table.entries, 0, (<usize>2) << longest);
  for (let symbol = 0; symbol < count; symbol++) {
    const length = load<u8>(lengths + symbol);
    if (length != 0) enterCode(table, symbol, length);
  }
  return true;
}

/** Finds the first code of each length; false where there are too many codes or too few. */
function numberCodes(longest: i32, mayHaveOne: bool): bool {
  let code: u32 = 0;
  for (let length = 1; length <= longest; length++) {
    code <<= 1;
    store<u32>(nextCodes + ((<usize>length) << 2), code);
    code += load<u32>(counts + ((<usize>length) << 2));
    if (code > 1 << length) return false;
  }
  return code == 1 << longest || (mayHaveOne && longest == 1);
}

/** Codes come with their first bit lowest, so every entry that ends in the reversed code is the symbol's. */
function enterCode(table: HuffmanTable, symbol: i32, length: u32): void {
  const slot = nextCodes + ((<usize>length) << 2);
  const code = load<u32>(slot);
  store<u32>(slot, code + 1);
  let reversed: u32 = 0;
  for (let bit: u32 = 0; bit < length; bit++) reversed |= ((code >> bit) & 1) << (length - 1 - bit);
  const entry = <u16>((symbol << 4) | length);
  for (let index = reversed; index <= table.mask; index += 1 << length) {
    store<u16>(table.entries + ((<usize>index) << 1), entry);
  }
}

/** The entry for the bits that come next. */
export function entryOf(table: HuffmanTable, bits: u32): u32 {
  return load<u16>(table.entries + ((<usize>(bits & table.mask)) << 1));
}

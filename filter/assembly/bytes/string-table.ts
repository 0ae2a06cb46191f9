/** A hash table that numbers distinct strings from 0, in an arena. */
import { Arena, allocateIn } from "./arena";
import { equalBytes, hashBytes } from "./slice";

@unmanaged
export class StringTable {
  /** Slots; a power of two, at least twice as many as strings. */
  capacity: u32;
  count: u32;
  slots: usize;
}

@unmanaged
class Slot {
  hash: u64;
  /** 0 in an empty slot. */
  at: usize;
  length: i32;
  id: u32;
}

/** A table with room for `strings` strings. */
export function createStringTable(arena: Arena, strings: u32): StringTable {
  const table = changetype<StringTable>(allocateIn(arena, offsetof<StringTable>()));
  let capacity: u32 = 8;
  while (capacity < strings * 2) capacity <<= 1;
  table.capacity = capacity;
  table.count = 0;
  table.slots = allocateIn(arena, <usize>capacity * offsetof<Slot>());
  return table;
}

/** The slot that holds the string, or the empty one where it would go. */
function slotOf(table: StringTable, at: usize, length: i32, hash: u64): Slot {
  const mask = table.capacity - 1;
  let index = <u32>(hash >> 20) & mask;
  while (true) {
    const slot = changetype<Slot>(table.slots + <usize>index * offsetof<Slot>());
    if (slot.at == 0 || (slot.hash == hash && equalBytes(slot.at, slot.length, at, length))) return slot;
    index = (index + 1) & mask;
  }
}

/** The number of the string; a new one when the table does not have it. The bytes must outlive the table. */
export function numberString(table: StringTable, at: usize, length: i32): u32 {
  const hash = hashBytes(at, length);
  const slot = slotOf(table, at, length, hash);
  if (slot.at != 0) return slot.id;
  slot.hash = hash;
  slot.at = at;
  slot.length = length;
  slot.id = table.count;
  table.count += 1;
  return slot.id;
}

/** The number of the string, or -1. */
export function findString(table: StringTable, at: usize, length: i32): i32 {
  const slot = slotOf(table, at, length, hashBytes(at, length));
  return slot.at == 0 ? -1 : <i32>slot.id;
}

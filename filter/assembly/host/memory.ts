/**
 * Memory that the host writes into. Bytes a hostcall returns live in one scratch block until the next callback
 * starts; what does not fit gets a block of its own, freed at the same moment. The garbage collector sees none.
 */
const SCRATCH_BYTES: i32 = 65_536;
const BLOCK_HEADER: i32 = 8;

const scratch: usize = memory.data(65_536, 16);
let used: i32 = 0;
let overflow: usize = 0;

/** What `releaseScratch` leaves alone: the bytes in use, and the block of its own, at the last `markScratch`. */
let markedUsed: i32 = 0;
let markedOverflow: usize = 0;

/** Frees all that the host wrote since the last call; every callback starts with it. */
export function resetScratch(): void {
  markedUsed = 0;
  markedOverflow = 0;
  releaseScratch();
}

/** Keeps what the host has written so far, until the next callback starts. */
export function markScratch(): void {
  markedUsed = used;
  markedOverflow = overflow;
}

/** Frees what the host wrote since the last `markScratch` of this callback, for callbacks that concern many requests. */
export function releaseScratch(): void {
  used = markedUsed;
  while (overflow != markedOverflow) {
    const next = load<usize>(overflow);
    heap.free(overflow);
    overflow = next;
  }
}

/** `proxy_on_memory_allocate` of the ABI: the host asks for `size` bytes to write a result into. */
export function allocate(size: i32): usize {
  if (size < 0) return 0;
  if (size <= SCRATCH_BYTES - used) {
    const block = scratch + used;
    used += (size + 7) & ~7;
    return block;
  }
  const block = heap.alloc(<usize>(<u32>size) + BLOCK_HEADER);
  store<usize>(block, overflow);
  overflow = block;
  return block + BLOCK_HEADER;
}

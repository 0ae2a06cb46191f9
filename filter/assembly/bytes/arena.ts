/** Memory that is freed as a whole: a chain of blocks, filled one after the other. */
const BLOCK_BYTES: usize = 16_384;
const BLOCK_HEADER: usize = 8;

@unmanaged
export class Arena {
  /** Newest block; its first word is the address of the block before it. */
  block: usize;
  used: usize;
  capacity: usize;
}

export function createArena(): Arena {
  const arena = changetype<Arena>(heap.alloc(offsetof<Arena>()));
  arena.block = 0;
  arena.used = 0;
  arena.capacity = 0;
  return arena;
}

/** Frees the arena and everything in it. */
export function freeArena(arena: Arena): void {
  let block = arena.block;
  while (block != 0) {
    const before = load<usize>(block);
    heap.free(block);
    block = before;
  }
  heap.free(changetype<usize>(arena));
}

/** Zeroed memory for `size` bytes, 8-byte aligned. */
export function allocateIn(arena: Arena, size: usize): usize {
  const rounded = (size + 7) & ~7;
  if (arena.used + rounded > arena.capacity) {
    const capacity = max(rounded, BLOCK_BYTES);
    const block = heap.alloc(capacity + BLOCK_HEADER);
    store<usize>(block, arena.block);
    arena.block = block;
    arena.used = 0;
    arena.capacity = capacity;
  }
  const at = arena.block + BLOCK_HEADER + arena.used;
  arena.used += rounded;
  memory.fill(at, 0, rounded);
  return at;
}

/** A copy of a byte range. */
export function copyInto(arena: Arena, at: usize, length: i32): usize {
  const copy = allocateIn(arena, length);
  memory.copy(copy, at, length);
  return copy;
}

/** A growing list of addresses in an arena. */
import { Arena, allocateIn } from "./arena";

@unmanaged
export class List {
  arena: Arena;
  items: usize;
  count: i32;
  capacity: i32;
}

export function createList(arena: Arena): List {
  const list = changetype<List>(allocateIn(arena, offsetof<List>()));
  list.arena = arena;
  return list;
}

export function append(list: List, item: usize): void {
  if (list.count == list.capacity) {
    const capacity = max(list.capacity << 1, 4);
    const items = allocateIn(list.arena, (<usize>capacity) << 2);
    memory.copy(items, list.items, (<usize>list.count) << 2);
    list.items = items;
    list.capacity = capacity;
  }
  store<usize>(list.items + ((<usize>list.count) << 2), item);
  list.count += 1;
}

/** The item at `index`, which must be in [0, count). */
export function itemAt(list: List, index: i32): usize {
  return load<usize>(list.items + ((<usize>index) << 2));
}

/** Texts of the specs as bytes. */

/** Bytes of the last text that was placed. */
export let placedLength: i32 = 0;

/** Copies a text as UTF-8 to memory that is never freed. */
export function place(text: string): usize {
  const encoded = String.UTF8.encode(text);
  placedLength = encoded.byteLength;
  const at = heap.alloc(placedLength);
  memory.copy(at, changetype<usize>(encoded), placedLength);
  return at;
}

/** The text of a byte range. */
export function read(at: usize, length: i32): string {
  return String.UTF8.decodeUnsafe(at, length);
}

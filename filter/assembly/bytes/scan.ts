/** Steps through text: where a byte stands, and what is left without the blanks around it. */
const SPACE: u8 = 0x20;
const TAB: u8 = 0x09;

/** Where the byte stands first in [at, end); `end` where it does not. */
export function indexOf(byte: u8, at: usize, end: usize): usize {
  while (at < end && load<u8>(at) != byte) at++;
  return at;
}

/** Where the bytes of the last `trim` begin, without the blanks around them. */
export let trimmedAt: usize = 0;
let trimmedEnd: usize = 0;

export function trim(at: usize, end: usize): void {
  while (at < end && isBlank(load<u8>(at))) at++;
  while (at < end && isBlank(load<u8>(end - 1))) end--;
  trimmedAt = at;
  trimmedEnd = end;
}

/** How many bytes the last `trim` left. */
export function trimmedLength(): i32 {
  return <i32>(trimmedEnd - trimmedAt);
}

function isBlank(byte: u8): bool {
  return byte == SPACE || byte == TAB;
}

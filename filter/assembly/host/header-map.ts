/**
 * All headers of the request in the form of the ABI: their count, the lengths of each name and value, then the bytes of
 * each, every one closed by NUL. `readRequestHeader` is cheaper, but shows only the first of several headers of a name.
 */
import { MAP_REQUEST_HEADERS, proxy_get_header_map_pairs, STATUS_OK } from "./abi";

const pair: usize = memory.data(16, 8);

/** The header that the last `nextHeader` moved to; valid until the callback ends. */
export let nameAt: usize = 0;
export let nameLength: i32 = 0;
export let headerAt: usize = 0;
export let headerLength: i32 = 0;

let map: usize = 0;
let count: u32 = 0;
let index: u32 = 0;
let cursor: usize = 0;
let limit: usize = 0;

/** Reads the headers as they are now; there are none where the host has none to give. */
export function readRequestHeaders(): void {
  store<u64>(pair, 0);
  count = 0;
  const status = proxy_get_header_map_pairs(MAP_REQUEST_HEADERS, pair, pair + 4);
  const length = load<u32>(pair, 4);
  if (status == STATUS_OK && length >= 4) {
    map = load<usize>(pair);
    limit = map + length;
    count = min(load<u32>(map), (length - 4) >> 3);
  }
  firstHeader();
}

/** Starts over before the first header. */
export function firstHeader(): void {
  index = 0;
  cursor = map + 4 + ((<usize>count) << 3);
}

/** Moves to the next header; false behind the last one. */
export function nextHeader(): bool {
  if (index >= count) return false;
  const lengths = map + 4 + ((<usize>index) << 3);
  nameAt = cursor;
  nameLength = <i32>load<u32>(lengths);
  headerAt = nameAt + nameLength + 1;
  headerLength = <i32>load<u32>(lengths, 4);
  cursor = headerAt + headerLength + 1;
  index++;
  return cursor <= limit;
}

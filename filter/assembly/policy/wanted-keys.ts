/**
 * Tells the controller, by a counter for each key set, that keys should be fetched because a `kid` names none of them.
 * An unknown `kid` is remembered for a while, so that one token sent over and over asks once. Counters outlive
 * configurations, and so does what is here; all of it is bounded.
 */
import { equalBytes, hashBytes } from "../bytes/slice";
import { ID_LENGTH, MAX_WANTED_KEY_SETS, UNKNOWN_KEY_ID_ENTRIES, UNKNOWN_KEY_ID_SECONDS } from "../contract";
import { defineFetchesWanted, increment } from "../metrics";
import { KeySet } from "./config";

@unmanaged
class WantedKeys {
  next: WantedKeys;
  /** Id of the key set. */
  id: usize;
  counter: u32;
}

/** An unknown `kid` of a key set. */
@unmanaged
class UnknownKeyId {
  hash: u64;
  until: f64;
}

const BUCKETS: u32 = 256;
const buckets: usize = memory.data(1_024, 8);
let count: i32 = 0;
let remembered: usize = 0;

/** Asks for a fetch, unless the same `kid` has done so lately. */
export function wantKeys(keySet: KeySet, kid: usize, kidLength: i32, now: f64): void {
  const id = keySet.id.at;
  const idHash = hashBytes(id, ID_LENGTH);
  if (isRemembered(idHash ^ hashBytes(kid, kidLength), now)) return;
  const wanted = findWanted(id, idHash);
  if (changetype<usize>(wanted) != 0) increment(wanted.counter);
}

function isRemembered(hash: u64, now: f64): bool {
  if (remembered == 0) {
    const size = <usize>UNKNOWN_KEY_ID_ENTRIES * offsetof<UnknownKeyId>();
    remembered = heap.alloc(size);
    memory.fill(remembered, 0, size);
  }
  const index = <u32>(hash >> 20) & (<u32>UNKNOWN_KEY_ID_ENTRIES - 1);
  const entry = changetype<UnknownKeyId>(remembered + <usize>index * offsetof<UnknownKeyId>());
  if (entry.hash == hash && now < entry.until) return true;
  entry.hash = hash;
  entry.until = now + <f64>UNKNOWN_KEY_ID_SECONDS;
  return false;
}

/** The entry of a key set, created when it is new; null where there are too many. */
function findWanted(id: usize, hash: u64): WantedKeys {
  const bucket = buckets + ((<usize>(hash >> 20) & (BUCKETS - 1)) << 2);
  let wanted = changetype<WantedKeys>(load<usize>(bucket));
  for (; changetype<usize>(wanted) != 0; wanted = wanted.next) {
    if (equalBytes(wanted.id, ID_LENGTH, id, ID_LENGTH)) return wanted;
  }
  if (count >= MAX_WANTED_KEY_SETS) return wanted;
  wanted = changetype<WantedKeys>(heap.alloc(offsetof<WantedKeys>()));
  wanted.next = changetype<WantedKeys>(load<usize>(bucket));
  wanted.id = heap.alloc(ID_LENGTH);
  memory.copy(wanted.id, id, ID_LENGTH);
  wanted.counter = defineFetchesWanted(id, ID_LENGTH);
  store<usize>(bucket, changetype<usize>(wanted));
  count++;
  return wanted;
}

/**
 * Verified tokens of this worker, set-associative and bounded. A hit compares the whole token, and the provider with
 * the policy's. An entry holds what a policy decides on, never a decision; all entries go when the configuration, and with it perhaps a key, changes.
 */

import { equalBytes } from "../bytes/slice";
import { MAX_CACHED_TOKEN_BYTES, TOKEN_CACHE_ENTRIES } from "../contract";
import { accepts, Policy } from "./config";
import { copyFacts, Facts, lengthOfFacts } from "./facts";

const WAYS: u32 = 4;
const SETS: u32 = <u32>TOKEN_CACHE_ENTRIES / WAYS;
const HASHED_TAIL: i32 = 32;
const HASH_MULTIPLIER: u64 = 0x9e37_79b9_7f4a_7c15;

@unmanaged
export class CachedToken extends Facts {
  /** The token, behind it the numbers of its scopes and audiences; 0 in an empty entry. */
  token: usize;
  length: i32;
}

let entries: usize = 0;
let nextVictim: u32 = 0;

function entryAt(set: u32, way: u32): CachedToken {
  return changetype<CachedToken>(entries + <usize>(set * WAYS + way) * offsetof<CachedToken>());
}

function isCacheable(length: i32): bool {
  return length >= HASHED_TAIL && length <= MAX_CACHED_TOKEN_BYTES;
}

/** The set of a token, by its last bytes: the signature, which nobody can choose for a token that verifies. */
function setOf(token: usize, length: i32): u32 {
  const tail = token + length - HASHED_TAIL;
  let hash = load<u64>(tail);
  hash = hash * HASH_MULTIPLIER + load<u64>(tail, 8);
  hash = hash * HASH_MULTIPLIER + load<u64>(tail, 16);
  hash = hash * HASH_MULTIPLIER + load<u64>(tail, 24);
  return <u32>((hash * HASH_MULTIPLIER) >> 40) & (SETS - 1);
}

/** The entry of a token that stands in `places`, which a provider of the policy issued, or null. */
export function findToken(policy: Policy, token: usize, length: i32, places: u32): CachedToken {
  if (entries == 0 || !isCacheable(length)) return changetype<CachedToken>(0);
  const set = setOf(token, length);
  for (let way: u32 = 0; way < WAYS; way++) {
    const entry = entryAt(set, way);
    if (entry.token == 0 || !equalBytes(entry.token, entry.length, token, length)) continue;
    if (accepts(policy, entry.provider, places)) return entry;
  }
  return changetype<CachedToken>(0);
}

/** Remembers a verified token and a copy of its facts. Tokens that are too long are not kept. */
export function keepToken(token: usize, length: i32, facts: Facts): void {
  if (!isCacheable(length)) return;
  if (entries == 0) allocateEntries();
  const entry = victimIn(setOf(token, length));
  if (entry.token != 0) heap.free(entry.token);
  const numbersAt = (length + 3) & ~3;
  entry.token = heap.alloc(numbersAt + lengthOfFacts(facts));
  entry.length = length;
  memory.copy(entry.token, token, length);
  copyFacts(facts, entry, entry.token + numbersAt);
}

/** Forgets one token, which has expired. */
export function dropToken(entry: CachedToken): void {
  heap.free(entry.token);
  entry.token = 0;
}

/** Forgets all tokens. */
export function dropTokens(): void {
  if (entries == 0) return;
  for (let i: u32 = 0; i < SETS; i++) {
    for (let way: u32 = 0; way < WAYS; way++) {
      const entry = entryAt(i, way);
      if (entry.token != 0) dropToken(entry);
    }
  }
}

function allocateEntries(): void {
  const size = <usize>(SETS * WAYS) * offsetof<CachedToken>();
  entries = heap.alloc(size);
  memory.fill(entries, 0, size);
}

/** The entry to write: an empty one, else the ways of the set in turn. */
function victimIn(set: u32): CachedToken {
  for (let way: u32 = 0; way < WAYS; way++) {
    const entry = entryAt(set, way);
    if (entry.token == 0) return entry;
  }
  nextVictim++;
  return entryAt(set, nextVictim & (WAYS - 1));
}

/**
 * APIRules and their counters. They outlive configurations, as counters do; a bounded number of them is kept apart,
 * further ones share one owner. A counter is defined when it first counts.
 */

import { asciiBytes } from "../bytes/ascii";
import { equalBytes, hashBytes } from "../bytes/slice";
import {
  COUNTER_ALLOWED_SUFFIX,
  COUNTER_DENIED_INFIX,
  COUNTER_SHADOW_DENIED_INFIX,
  DENY_CODES,
  Deny,
  MAX_COUNTED_API_RULES,
} from "../contract";
import { defineApiRuleCounter, increment, UNDEFINED } from "../metrics";

const OTHER: string = "_/other";

/** An APIRule, named `namespace/name`. */
@unmanaged
export class Owner {
  next: Owner;
  hash: u64;
  name: usize;
  nameLength: i32;
  /** Ids of the counters by deny code; 0 is `allowed`. u32 each. */
  counters: usize;
  /** The same for shadow mode; 0 until one counts. */
  shadowCounters: usize;
}

const BUCKETS: u32 = 4_096;
const buckets: usize = memory.data(16_384, 8);
let owners: i32 = 0;

/** The owner that stands for all that have no counters of their own. */
export const otherOwner: Owner = createOwner(asciiBytes(OTHER), OTHER.length);

function createOwner(name: usize, length: i32): Owner {
  const owner = changetype<Owner>(heap.alloc(offsetof<Owner>()));
  owner.next = changetype<Owner>(0);
  owner.hash = hashBytes(name, length);
  owner.name = heap.alloc(length);
  memory.copy(owner.name, name, length);
  owner.nameLength = length;
  owner.counters = createCounters();
  owner.shadowCounters = 0;
  return owner;
}

function createCounters(): usize {
  const size = (<usize>DENY_CODES.length) << 2;
  const counters = heap.alloc(size);
  memory.fill(counters, 0xff, size);
  return counters;
}

/** The owner of that name, created when it is new. */
export function findOwner(name: usize, length: i32): Owner {
  const hash = hashBytes(name, length);
  const bucket = buckets + ((<usize>(hash >> 20) & (BUCKETS - 1)) << 2);
  let owner = changetype<Owner>(load<usize>(bucket));
  for (; changetype<usize>(owner) != 0; owner = owner.next) {
    if (owner.hash == hash && equalBytes(owner.name, owner.nameLength, name, length)) return owner;
  }
  if (owners >= MAX_COUNTED_API_RULES) return otherOwner;
  owner = createOwner(name, length);
  owner.next = changetype<Owner>(load<usize>(bucket));
  store<usize>(bucket, changetype<usize>(owner));
  owners++;
  return owner;
}

/** Counts the outcome of a request; `Deny.None` is `allowed`. */
export function countOutcome(owner: Owner, deny: Deny): void {
  const outcome = deny == Deny.None ? COUNTER_ALLOWED_SUFFIX : COUNTER_DENIED_INFIX;
  count(owner, owner.counters, outcome, deny);
}

/** Counts what shadow mode does not refuse. */
export function countShadowDenied(owner: Owner, deny: Deny): void {
  if (owner.shadowCounters == 0) owner.shadowCounters = createCounters();
  count(owner, owner.shadowCounters, COUNTER_SHADOW_DENIED_INFIX, deny);
}

function count(owner: Owner, counters: usize, outcome: string, deny: Deny): void {
  const counter = counters + ((<usize>(<i32>deny)) << 2);
  let id = load<u32>(counter);
  if (id == UNDEFINED) {
    id = defineApiRuleCounter(owner.name, owner.nameLength, outcome, deny);
    store<u32>(counter, id);
  }
  increment(id);
}

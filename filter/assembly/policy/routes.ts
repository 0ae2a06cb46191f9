/**
 * From the name of a route to its policy and its APIRule:
 * `tollgate/<policy id>/<namespace>/<apirule>/<rule index>`. What a name means is remembered until the
 * configuration changes, in an open-addressing table that is bounded and starts over when it is full.
 */

import { equalBytes, equalsString, hashBytes } from "../bytes/slice";
import { ID_LENGTH } from "../contract";
import { Config, findPolicy, isNull, nothing, Policy } from "./config";
import { findOwner, Owner, otherOwner } from "./owners";

const PREFIX: string = "tollgate/";
const MIN_SLOTS: u32 = 1_024;
const MAX_SLOTS: u32 = 131_072;

/** What a name of ours means. */
@unmanaged
export class Route {
  hash: u64;
  /** 0 in an empty slot. */
  name: usize;
  nameLength: i32;
  /** Null where the configuration does not know the policy. */
  policy: Policy;
  owner: Owner;
}

let slots: usize = 0;
let capacity: u32 = 0;
let count: u32 = 0;

/** Whether a route belongs to Tollgate. */
export function isOurs(name: usize, length: i32): bool {
  return length >= PREFIX.length && equalsString(name, PREFIX.length, PREFIX);
}

/** The meaning of a name of ours under the configuration, which is null while none was accepted. */
export function findRoute(config: Config, name: usize, length: i32): Route {
  if (slots == 0) allocateSlots(MIN_SLOTS);
  const hash = hashBytes(name, length);
  let route = slotOf(hash, name, length);
  if (route.name != 0) return route;
  if (makeRoom()) route = slotOf(hash, name, length);
  route.hash = hash;
  route.name = heap.alloc(length);
  route.nameLength = length;
  memory.copy(route.name, name, length);
  resolve(config, route);
  count++;
  return route;
}

function slotOf(hash: u64, name: usize, length: i32): Route {
  const mask = capacity - 1;
  let index = <u32>(hash >> 20) & mask;
  while (true) {
    const route = changetype<Route>(slots + <usize>index * offsetof<Route>());
    if (route.name == 0) return route;
    if (route.hash == hash && equalBytes(route.name, route.nameLength, name, length)) return route;
    index = (index + 1) & mask;
  }
}

function resolve(config: Config, route: Route): void {
  route.policy = nothing<Policy>();
  route.owner = otherOwner;
  const id = route.name + PREFIX.length;
  const apiRule = id + ID_LENGTH + 1;
  const length = ownerLength(apiRule, <i32>(route.name + route.nameLength - apiRule));
  if (length == 0 || load<u8>(apiRule - 1) != 0x2f) return;
  route.owner = findOwner(apiRule, length);
  if (!isNull(config)) route.policy = findPolicy(config, id, ID_LENGTH);
}

/** Length of `namespace/apirule` before the last slash; 0 unless there is one slash in it and only DNS characters. */
function ownerLength(at: usize, length: i32): i32 {
  let last = length - 1;
  while (last > 0 && load<u8>(at + last) != 0x2f) last--;
  let slashes = 0;
  for (let i = 0; i < last; i++) {
    const byte = load<u8>(at + i);
    if (byte == 0x2f) slashes++;
    else if (!isNameCharacter(byte)) return 0;
  }
  return slashes == 1 ? last : 0;
}

function isNameCharacter(byte: u8): bool {
  if (byte == 0x2d || byte == 0x2e) return true;
  return (byte >= 0x30 && byte <= 0x39) || (byte >= 0x61 && byte <= 0x7a);
}

/** Keeps at least half of the slots empty; true where the slots moved. */
function makeRoom(): bool {
  if ((count + 1) << 1 <= capacity) return false;
  if (capacity == MAX_SLOTS) {
    forgetRoutes();
    return true;
  }
  const before = slots;
  const beforeCapacity = capacity;
  allocateSlots(capacity << 1);
  for (let i: u32 = 0; i < beforeCapacity; i++) {
    const at = before + <usize>i * offsetof<Route>();
    const route = changetype<Route>(at);
    if (route.name == 0) continue;
    const target = slotOf(route.hash, route.name, route.nameLength);
    memory.copy(changetype<usize>(target), at, offsetof<Route>());
  }
  heap.free(before);
  return true;
}

function allocateSlots(size: u32): void {
  capacity = size;
  slots = heap.alloc(<usize>size * offsetof<Route>());
  memory.fill(slots, 0, <usize>size * offsetof<Route>());
}

/** Forgets what names mean; the configuration changed, or the table is full. */
export function forgetRoutes(): void {
  for (let i: u32 = 0; i < capacity; i++) {
    const route = changetype<Route>(slots + <usize>i * offsetof<Route>());
    if (route.name != 0) heap.free(route.name);
    route.name = 0;
  }
  count = 0;
}

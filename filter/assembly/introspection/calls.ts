/**
 * Introspection calls under way, and the requests that wait for them: one call for all requests with the same token.
 * Calls belong to the newest plugin context, so that no client that goes away takes the call of others along. They
 * outlive configurations, and so refer to nothing in one.
 */
import { equalBytes, hashBytes } from "../bytes/slice";
import { ID_LENGTH, MAX_PENDING_INTROSPECTIONS, MAX_WAITING_REQUESTS } from "../contract";
import { IntrospectionServer, nothing } from "../policy/config";

/** Stands for the context of a request in shadow mode, which is not paused: its verdict is only counted. */
export const NO_STREAM: u32 = 0;

/** A request that waits for a verdict. */
@unmanaged
export class Waiter {
  next: Waiter;
  /** Id of its context, or `NO_STREAM`. */
  stream: u32;
  /** The name of its route, behind this structure. */
  routeLength: i32;
}

@unmanaged
export class Call {
  next: Call;
  hash: u64;
  /** Id of the server and the token, behind this structure. */
  keyLength: i32;
  /** What the host calls it. */
  id: u32;
  /** When it must have ended, in seconds since the epoch. */
  deadline: f64;
  waiters: Waiter;
}

let calls: Call = nothing<Call>();
let callCount: i32 = 0;
let waiterCount: i32 = 0;

export function routeOf(waiter: Waiter): usize {
  return changetype<usize>(waiter) + offsetof<Waiter>();
}

export function serverIdOf(call: Call): usize {
  return changetype<usize>(call) + offsetof<Call>();
}

export function tokenOf(call: Call): usize {
  return serverIdOf(call) + ID_LENGTH;
}

export function tokenLengthOf(call: Call): i32 {
  return call.keyLength - ID_LENGTH;
}

/** The call under way for a token, or null. */
export function findCall(server: IntrospectionServer, token: usize, length: i32): Call {
  const hash = hashBytes(token, length);
  for (let call = calls; changetype<usize>(call) != 0; call = call.next) {
    if (call.hash != hash) continue;
    if (!equalBytes(tokenOf(call), tokenLengthOf(call), token, length)) continue;
    if (equalBytes(serverIdOf(call), ID_LENGTH, server.id.at, server.id.length)) return call;
  }
  return nothing<Call>();
}

/** Whether one more call may be made. */
export function hasRoomForCall(): bool {
  return callCount < MAX_PENDING_INTROSPECTIONS;
}

/** Notes a call that the host has started. */
export function addCall(
  server: IntrospectionServer,
  token: usize,
  length: i32,
  id: u32,
  deadline: f64,
): Call {
  const call = changetype<Call>(heap.alloc(offsetof<Call>() + ID_LENGTH + length));
  call.hash = hashBytes(token, length);
  call.keyLength = ID_LENGTH + length;
  memory.copy(serverIdOf(call), server.id.at, ID_LENGTH);
  memory.copy(tokenOf(call), token, length);
  call.id = id;
  call.deadline = deadline;
  call.waiters = nothing<Waiter>();
  call.next = calls;
  calls = call;
  callCount++;
  return call;
}

/** Lets a request wait for a call; false where too many wait already. */
export function addWaiter(call: Call, stream: u32, route: usize, routeLength: i32): bool {
  if (waiterCount >= MAX_WAITING_REQUESTS) return false;
  const waiter = changetype<Waiter>(heap.alloc(offsetof<Waiter>() + routeLength));
  waiter.stream = stream;
  waiter.routeLength = routeLength;
  memory.copy(routeOf(waiter), route, routeLength);
  waiter.next = call.waiters;
  call.waiters = waiter;
  waiterCount++;
  return true;
}

/** Takes out the call of that id, for the caller to free, or null. */
export function takeCall(id: u32): Call {
  let before = nothing<Call>();
  for (let call = calls; changetype<usize>(call) != 0; call = call.next) {
    if (call.id == id) {
      if (changetype<usize>(before) == 0) calls = call.next;
      else before.next = call.next;
      callCount--;
      return call;
    }
    before = call;
  }
  return nothing<Call>();
}

/** Takes out all calls, linked by `next`, for the caller to free or to put back. */
export function takeCalls(): Call {
  const taken = calls;
  calls = nothing<Call>();
  callCount = 0;
  return taken;
}

/** Puts back a call that was taken out. */
export function putBack(call: Call): void {
  call.next = calls;
  calls = call;
  callCount++;
}

/** Frees a call that was taken out, and its waiters. */
export function freeCall(call: Call): void {
  let waiter = call.waiters;
  while (changetype<usize>(waiter) != 0) {
    const next = waiter.next;
    heap.free(changetype<usize>(waiter));
    waiterCount--;
    waiter = next;
  }
  heap.free(changetype<usize>(call));
}

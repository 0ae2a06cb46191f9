/** What is known of a good token: all that a policy decides on. */
import { Provider } from "./config";

@unmanaged
export class Facts {
  /** Who issued it; null where that was not verified but introspected. */
  provider: Provider;
  /** Seconds since the epoch; infinite where the token never expires. */
  expires: f64;
  notBefore: f64;
  /** Numbers of scopes and audiences in the configuration's table; u32 each. */
  scopes: usize;
  scopeCount: i32;
  audiences: usize;
  audienceCount: i32;
}

/** Facts that are never freed, of no token yet. */
export function createFacts(): Facts {
  const at = heap.alloc(offsetof<Facts>());
  memory.fill(at, 0, offsetof<Facts>());
  return changetype<Facts>(at);
}

/** Bytes that `copyFacts` needs behind the structure itself. */
export function lengthOfFacts(facts: Facts): i32 {
  return (facts.scopeCount + facts.audienceCount) << 2;
}

/** Copies facts; what they refer to goes to `at`, which is 4-byte aligned and has room for `lengthOfFacts` bytes. */
export function copyFacts(from: Facts, to: Facts, at: usize): void {
  memory.copy(changetype<usize>(to), changetype<usize>(from), offsetof<Facts>());
  to.scopes = at;
  to.audiences = at + (from.scopeCount << 2);
  memory.copy(to.scopes, from.scopes, from.scopeCount << 2);
  memory.copy(to.audiences, from.audiences, from.audienceCount << 2);
}

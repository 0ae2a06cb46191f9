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
  /** Numbers of the demanded values of claims; u32 each. */
  values: usize;
  valueCount: i32;
  /** `ClaimText`s, and the bytes of them all. */
  texts: usize;
  textCount: i32;
  textBytes: i32;
}

/** The length of a text that no header can hold. */
export const UNUSABLE: i32 = -1;

/** A claim as it becomes a header. */
@unmanaged
export class ClaimText {
  /** Number of the claim in the configuration's table. */
  claim: u32;
  at: usize;
  /** Bytes, or `UNUSABLE`. */
  length: i32;
}

/** Facts that are never freed, of no token yet. */
export function createFacts(): Facts {
  const at = heap.alloc(offsetof<Facts>());
  memory.fill(at, 0, offsetof<Facts>());
  return changetype<Facts>(at);
}

/** Bytes that `copyFacts` needs behind the structure itself. */
export function lengthOfFacts(facts: Facts): i32 {
  const numbers = facts.scopeCount + facts.audienceCount + facts.valueCount;
  return (numbers << 2) + facts.textCount * <i32>offsetof<ClaimText>() + facts.textBytes;
}

/** Copies facts; what they refer to goes to `at`, which is 4-byte aligned and has room for `lengthOfFacts` bytes. */
export function copyFacts(from: Facts, to: Facts, at: usize): void {
  memory.copy(changetype<usize>(to), changetype<usize>(from), offsetof<Facts>());
  to.scopes = at;
  to.audiences = at + (from.scopeCount << 2);
  to.values = to.audiences + (from.audienceCount << 2);
  to.texts = to.values + (from.valueCount << 2);
  memory.copy(to.scopes, from.scopes, from.scopeCount << 2);
  memory.copy(to.audiences, from.audiences, from.audienceCount << 2);
  memory.copy(to.values, from.values, from.valueCount << 2);
  if (from.textCount > 0) copyTexts(from, to);
}

/** Copies the texts, which stand one behind the other, and behind their list. */
function copyTexts(from: Facts, to: Facts): void {
  let bytes = to.texts + <usize>from.textCount * offsetof<ClaimText>();
  for (let i = 0; i < from.textCount; i++) {
    const text = textAt(to, i);
    memory.copy(changetype<usize>(text), changetype<usize>(textAt(from, i)), offsetof<ClaimText>());
    const length = max(text.length, 0);
    memory.copy(bytes, text.at, length);
    text.at = bytes;
    bytes += length;
  }
}

function textAt(facts: Facts, index: i32): ClaimText {
  return changetype<ClaimText>(facts.texts + <usize>index * offsetof<ClaimText>());
}

/** The text of a claim, or null. */
export function findText(facts: Facts, claim: u32): ClaimText {
  for (let i = 0; i < facts.textCount; i++) {
    if (textAt(facts, i).claim == claim) return textAt(facts, i);
  }
  return changetype<ClaimText>(0);
}

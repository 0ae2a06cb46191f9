/**
 * Numbers the claims that policies name, by their paths, and the values that they demand of them. A token is read once
 * against the table; policies then compare numbers.
 */
import { allocateIn } from "../bytes/arena";
import { itemAt, List } from "../bytes/list";
import { createStringTable, findString, numberString } from "../bytes/string-table";
import {
  Authorization,
  ClaimToHeader,
  ClaimValue,
  Config,
  isNull,
  Policy,
  PolicyKind,
  RequiredClaim,
  Text,
} from "./config";

/** Stands for the claims set itself, whose members are the top-level claims. */
export const CLAIMS_SET: u32 = u32.MAX_VALUE;

/** What a claim is needed for, a bit each. */
export const HAS_MEMBERS: u8 = 1;
export const HAS_VALUES: u8 = 2;
export const BECOMES_HEADER: u8 = 4;

/** Kind of a key that names a member; keys of values have the kind of the value. */
export const MEMBER: u8 = u8.MAX_VALUE;

const KEY_HEADER: i32 = 5;
const MAX_LENGTH: i32 = 12_288;
const scratch: usize = memory.data(12_296, 8);

/** Makes the table; a configuration that names no claims has none. */
export function linkClaims(config: Config): void {
  const count = eachPolicy(config, false);
  if (count == 0) return;
  config.claims = createStringTable(config.arena, count);
  config.claimUses = allocateIn(config.arena, count);
  eachPolicy(config, true);
}

/** The number of a member of a claim, or of one of its values; -1 where no policy names it. */
export function findClaim(config: Config, parent: u32, kind: u8, at: usize, length: i32): i32 {
  if (length > MAX_LENGTH) return -1;
  writeKey(scratch, parent, kind, at, length);
  return findString(config.claims, scratch, KEY_HEADER + length);
}

/** What a claim is needed for. */
export function usesOf(config: Config, claim: u32): u8 {
  return load<u8>(config.claimUses + claim);
}

function writeKey(target: usize, parent: u32, kind: u8, at: usize, length: i32): void {
  store<u32>(target, parent);
  store<u8>(target, kind, 4);
  memory.copy(target + KEY_HEADER, at, length);
}

function numberOf(config: Config, parent: u32, kind: u8, text: Text): u32 {
  const length = KEY_HEADER + text.length;
  const key = allocateIn(config.arena, length);
  writeKey(key, parent, kind, text.at, text.length);
  return numberString(config.claims, key, length);
}

/** Counts the names and values of all policies; numbers them as well where `numbering` is set. */
function eachPolicy(config: Config, numbering: bool): u32 {
  let count: u32 = 0;
  for (let i = 0; i < config.policies.count; i++) {
    const policy = changetype<Policy>(itemAt(config.policies, i));
    if (policy.kind != PolicyKind.Jwt) continue;
    count += eachHeader(config, policy.claimsToHeaders, numbering);
    count += eachAuthorization(config, policy.authorizations, numbering);
    if (isNull(policy.introspection)) continue;
    count += eachAuthorization(config, policy.introspection.authorizations, numbering);
  }
  return count;
}

function eachHeader(config: Config, claimsToHeaders: List, numbering: bool): u32 {
  let count: u32 = 0;
  if (isNull(claimsToHeaders)) return count;
  for (let i = 0; i < claimsToHeaders.count; i++) {
    const entry = changetype<ClaimToHeader>(itemAt(claimsToHeaders, i));
    count += entry.path.count;
    if (numbering) entry.claim = numberPath(config, entry.path, BECOMES_HEADER);
  }
  return count;
}

function eachAuthorization(config: Config, authorizations: List, numbering: bool): u32 {
  let count: u32 = 0;
  for (let i = 0; i < authorizations.count; i++) {
    const claims = changetype<Authorization>(itemAt(authorizations, i)).claims;
    if (isNull(claims)) continue;
    for (let j = 0; j < claims.count; j++) {
      const claim = changetype<RequiredClaim>(itemAt(claims, j));
      count += claim.path.count + claim.values.count;
      if (numbering) numberValues(config, claim);
    }
  }
  return count;
}

function numberValues(config: Config, claim: RequiredClaim): void {
  const number = numberPath(config, claim.path, HAS_VALUES);
  for (let i = 0; i < claim.values.count; i++) {
    const value = changetype<ClaimValue>(itemAt(claim.values, i));
    value.number = numberOf(config, number, value.kind, value.text);
  }
}

/** The number of the claim at a path, whose use is noted. */
function numberPath(config: Config, path: List, use: u8): u32 {
  let claim = CLAIMS_SET;
  for (let i = 0; i < path.count; i++) {
    if (claim != CLAIMS_SET) addUse(config, claim, HAS_MEMBERS);
    claim = numberOf(config, claim, MEMBER, changetype<Text>(itemAt(path, i)));
  }
  addUse(config, claim, use);
  return claim;
}

function addUse(config: Config, claim: u32, use: u8): void {
  store<u8>(config.claimUses + claim, usesOf(config, claim) | use);
}

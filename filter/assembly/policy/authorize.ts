/** Whether a good token may call: any authorization of its policy whose scopes, audiences and claims it all has. */
import { itemAt, List } from "../bytes/list";
import { Deny } from "../contract";
import { Authorization, ClaimValue, isNull, nothing, RequiredClaim, Text } from "./config";
import { Facts } from "./facts";

/** After `ScopeMissing`: the authorization that lacks nothing but scopes. */
export let nearest: Authorization = nothing<Authorization>();

/**
 * `None`; `ScopeMissing` where some authorization fails by its scopes alone; `ClaimMissing` where the audiences of some
 * suffice; else `AudienceUnexpected`.
 */
export function authorize(authorizations: List, facts: Facts): Deny {
  if (authorizations.count == 0) return Deny.None;
  let result: Deny = Deny.AudienceUnexpected;
  for (let i = 0; i < authorizations.count; i++) {
    const authorization = changetype<Authorization>(itemAt(authorizations, i));
    if (!hasAll(authorization.audiences, facts.audiences, facts.audienceCount)) continue;
    if (!hasClaims(authorization.claims, facts)) {
      if (result == Deny.AudienceUnexpected) result = Deny.ClaimMissing;
      continue;
    }
    if (hasAll(authorization.scopes, facts.scopes, facts.scopeCount)) return Deny.None;
    if (result != Deny.ScopeMissing) nearest = authorization;
    result = Deny.ScopeMissing;
  }
  return result;
}

function hasAll(required: List, numbers: usize, count: i32): bool {
  for (let i = 0; i < required.count; i++) {
    if (!holds(numbers, count, changetype<Text>(itemAt(required, i)).number)) return false;
  }
  return true;
}

function holds(numbers: usize, count: i32, wanted: u32): bool {
  let at = 0;
  while (at < count && load<u32>(numbers + ((<usize>at) << 2)) != wanted) at++;
  return at < count;
}

function hasClaims(claims: List, facts: Facts): bool {
  if (isNull(claims)) return true;
  for (let i = 0; i < claims.count; i++) {
    if (!hasOneOf(changetype<RequiredClaim>(itemAt(claims, i)).values, facts)) return false;
  }
  return true;
}

function hasOneOf(values: List, facts: Facts): bool {
  for (let i = 0; i < values.count; i++) {
    if (holds(facts.values, facts.valueCount, changetype<ClaimValue>(itemAt(values, i)).number)) return true;
  }
  return false;
}

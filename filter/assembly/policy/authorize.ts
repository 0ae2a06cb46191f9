/** Whether a good token may call: any authorization of its policy whose scopes and audiences it all has. */
import { itemAt, List } from "../bytes/list";
import { Deny } from "../contract";
import { Authorization, nothing, Text } from "./config";
import { Facts } from "./facts";

/** After `ScopeMissing`: the authorization that lacks nothing but scopes. */
export let nearest: Authorization = nothing<Authorization>();

/** `None`, `ScopeMissing` where some authorization fails by its scopes alone, else `AudienceUnexpected`. */
export function authorize(authorizations: List, facts: Facts): Deny {
  if (authorizations.count == 0) return Deny.None;
  let result: Deny = Deny.AudienceUnexpected;
  for (let i = 0; i < authorizations.count; i++) {
    const authorization = changetype<Authorization>(itemAt(authorizations, i));
    if (!hasAll(authorization.audiences, facts.audiences, facts.audienceCount)) continue;
    if (hasAll(authorization.scopes, facts.scopes, facts.scopeCount)) return Deny.None;
    if (result == Deny.AudienceUnexpected) nearest = authorization;
    result = Deny.ScopeMissing;
  }
  return result;
}

function hasAll(required: List, numbers: usize, count: i32): bool {
  for (let i = 0; i < required.count; i++) {
    const wanted = changetype<Text>(itemAt(required, i)).number;
    let at = 0;
    while (at < count && load<u32>(numbers + ((<usize>at) << 2)) != wanted) at++;
    if (at == count) return false;
  }
  return true;
}

/** One request: from its route to the policy, from its token to the verdict. */
import { asciiBytes } from "./bytes/ascii";
import { equalsString } from "./bytes/slice";
import { Deny } from "./contract";
import { ACTION_CONTINUE } from "./host/abi";
import { now, readProperty, readRequestHeader, valueAt, valueLength } from "./host/hostcalls";
import { isExpired, isNotYetValid, verified, verifyToken } from "./jose/token";
import { countCacheHit, countCacheMiss } from "./metrics";
import { authorize } from "./policy/authorize";
import { accepts, Config, isNull, Policy, PolicyKind } from "./policy/config";
import { isAmbiguous, readBearer, tokenAt, tokenLength } from "./policy/credentials";
import { countOutcome } from "./policy/owners";
import { isAmbiguousPath } from "./policy/path";
import { findRoute, isOurs } from "./policy/routes";
import { dropToken, findToken, keepToken } from "./policy/token-cache";
import { refuse } from "./reply";

const ROUTE_NAME: string = "xds\0route_name";
const ROUTE_NAME_PATH: usize = asciiBytes(ROUTE_NAME);
const AUTHORIZATION: string = "authorization";
const AUTHORIZATION_NAME: usize = asciiBytes(AUTHORIZATION);
const PATH: string = ":path";
const PATH_NAME: usize = asciiBytes(PATH);
const METHOD: string = ":method";
const METHOD_NAME: usize = asciiBytes(METHOD);
const ORIGIN: string = "origin";
const ORIGIN_NAME: usize = asciiBytes(ORIGIN);
const REQUEST_METHOD: string = "access-control-request-method";
const REQUEST_METHOD_NAME: usize = asciiBytes(REQUEST_METHOD);

/** Decides on the request whose headers have arrived; `config` is null while none was accepted. */
export function onRequestHeaders(config: Config): u32 {
  if (!readProperty(ROUTE_NAME_PATH, ROUTE_NAME.length)) return ACTION_CONTINUE;
  if (!isOurs(valueAt, valueLength)) return ACTION_CONTINUE;
  const route = findRoute(config, valueAt, valueLength);
  const deny = isNull(route.policy) ? Deny.PolicyUnknown : decide(config, route.policy);
  countOutcome(route.owner, deny);
  return deny == Deny.None ? ACTION_CONTINUE : refuse(deny);
}

function decide(config: Config, policy: Policy): Deny {
  if (policy.refuseAmbiguousPath && hasAmbiguousPath()) return Deny.PathAmbiguous;
  if (policy.kind == PolicyKind.Open) return Deny.None;
  if (!readRequestHeader(AUTHORIZATION_NAME, AUTHORIZATION.length)) return withoutToken(policy);
  const deny = readBearer(valueAt, valueLength);
  if (deny == Deny.TokenMissing) return withoutToken(policy);
  return deny == Deny.None ? decideOnToken(config, policy) : deny;
}

function hasAmbiguousPath(): bool {
  return !readRequestHeader(PATH_NAME, PATH.length) || isAmbiguousPath(valueAt, valueLength);
}

function withoutToken(policy: Policy): Deny {
  return policy.passCorsPreflight && isPreflight() ? Deny.None : Deny.TokenMissing;
}

/** A CORS preflight (Fetch, section 3.3.2): OPTIONS with an origin and the method that is asked for. */
function isPreflight(): bool {
  if (!readRequestHeader(METHOD_NAME, METHOD.length)) return false;
  if (!equalsString(valueAt, valueLength, "OPTIONS")) return false;
  if (!readRequestHeader(ORIGIN_NAME, ORIGIN.length)) return false;
  return readRequestHeader(REQUEST_METHOD_NAME, REQUEST_METHOD.length);
}

function decideOnToken(config: Config, policy: Policy): Deny {
  const cached = findToken(policy, tokenAt, tokenLength);
  const time = now();
  if (isNull(cached)) return decideOnNewToken(config, policy, time);
  countCacheHit();
  if (isExpired(cached.expires, time, config.clockSkew)) {
    dropToken(cached);
    return Deny.Expired;
  }
  if (isNotYetValid(cached.notBefore, time, config.clockSkew)) return Deny.NotYetValid;
  return authorize(policy.authorizations, cached);
}

function decideOnNewToken(config: Config, policy: Policy, time: f64): Deny {
  countCacheMiss();
  const deny = verifyToken(config, policy, tokenAt, tokenLength, time);
  if (deny == Deny.None) {
    keepToken(tokenAt, tokenLength, verified);
    return authorize(policy.authorizations, verified);
  }
  const malformed = deny == Deny.TokenMalformed || deny == Deny.TokenTooLarge;
  return malformed && isAmbiguous() ? Deny.CredentialsAmbiguous : deny;
}

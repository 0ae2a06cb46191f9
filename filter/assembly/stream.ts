/** One request: from its route to the policy, from its token to the verdict. */
import { asciiBytes } from "./bytes/ascii";
import { equalsString } from "./bytes/slice";
import { Deny } from "./contract";
import { ACTION_CONTINUE, ACTION_PAUSE } from "./host/abi";
import {
  METHOD,
  METHOD_NAME,
  ORIGIN,
  ORIGIN_NAME,
  PATH,
  PATH_NAME,
  REQUEST_METHOD,
  REQUEST_METHOD_NAME,
} from "./host/header-names";
import { now, readProperty, readRequestHeader, valueAt, valueLength } from "./host/hostcalls";
import { introspect, NOT_OPAQUE, WAITING } from "./introspection/introspect";
import { verified, verifyToken } from "./jose/token";
import { countCacheHit, countCacheMiss } from "./metrics";
import { Config, CorsPolicy, isNull, nothing, Policy, PolicyKind } from "./policy/config";
import { isAmbiguous, tokenAt, tokenLength } from "./policy/credentials";
import { wasAsked } from "./policy/external-check";
import { admit, forgetAdmitted, setIdentityHeaders } from "./policy/identity-headers";
import { countOutcome, countShadowDenied } from "./policy/owners";
import { isAmbiguousPath } from "./policy/path";
import { foundPlaces, takeToken } from "./policy/places";
import { findRoute, isOurs, Route } from "./policy/routes";
import { dropCookies } from "./policy/set-cookies";
import { checkTimes } from "./policy/times";
import { dropToken, findToken, keepToken } from "./policy/token-cache";
import { refuse } from "./reply";

const ROUTE_NAME: string = "xds\0route_name";
const ROUTE_NAME_PATH: usize = asciiBytes(ROUTE_NAME);

/** Decides on the request whose headers have arrived; `config` is null while none was accepted. */
export function onRequestHeaders(config: Config, stream: u32): u32 {
  if (!readProperty(ROUTE_NAME_PATH, ROUTE_NAME.length)) return ACTION_CONTINUE;
  if (!isOurs(valueAt, valueLength)) return ACTION_CONTINUE;
  const route = findRoute(config, valueAt, valueLength);
  forgetAdmitted();
  const deny = isNull(route.policy) ? Deny.PolicyUnknown : decide(config, route, stream);
  if (deny != WAITING) return settle(config, route, deny);
  return route.policy.shadow ? letThrough(config, route.policy) : ACTION_PAUSE;
}

/** Counts the verdict on a request of the route, and answers it where it is refused. */
export function settle(config: Config, route: Route, verdict: Deny): u32 {
  const deny = countVerdict(route, verdict);
  if (deny == Deny.None) return letThrough(config, route.policy);
  return refuse(deny, isNull(route.policy) ? nothing<CorsPolicy>() : route.policy.cors);
}

/** Lets a request go to the upstream, with no identity headers and cookies but those that rules set. */
function letThrough(config: Config, policy: Policy): u32 {
  if (!isNull(policy.setCookies)) dropCookies(policy.setCookies);
  if (!isNull(config.identityHeaders)) setIdentityHeaders(config, policy);
  return ACTION_CONTINUE;
}

/** Counts the verdict on a request of the route; returns what of it holds in the mode of the policy. */
export function countVerdict(route: Route, verdict: Deny): Deny {
  const forgiven = verdict != Deny.None && isForgiven(route.policy, verdict);
  if (forgiven) countShadowDenied(route.owner, verdict);
  const deny = forgiven ? Deny.None : verdict;
  countOutcome(route.owner, deny);
  return deny;
}

/** Whether shadow mode lets the request through. An ambiguous path is refused for the sake of stricter rules. */
function isForgiven(policy: Policy, deny: Deny): bool {
  return !isNull(policy) && policy.shadow && deny != Deny.PathAmbiguous;
}

/** The verdict, or `WAITING` where it takes longer. */
function decide(config: Config, route: Route, stream: u32): i32 {
  const policy = route.policy;
  const deny = policy.kind == PolicyKind.Open ? Deny.None : takeToken(policy);
  if (policy.refuseAmbiguousPath && hasAmbiguousPath()) return Deny.PathAmbiguous;
  if (!isNull(policy.externalProof) && !wasAsked(policy))
    return unlessPreflight(policy, Deny.ExternalCheckMissing);
  if (policy.kind == PolicyKind.Open) return Deny.None;
  if (deny == Deny.TokenMissing) return unlessPreflight(policy, Deny.TokenMissing);
  return deny == Deny.None ? decideOnToken(config, route, stream) : deny;
}

function hasAmbiguousPath(): bool {
  return !readRequestHeader(PATH_NAME, PATH.length) || isAmbiguousPath(valueAt, valueLength);
}

/** A preflight may pass without that for whose lack all other requests are refused. */
function unlessPreflight(policy: Policy, deny: Deny): Deny {
  return policy.passCorsPreflight && isPreflight() ? Deny.None : deny;
}

/**
 * A CORS preflight (Fetch, section 3.3.2): OPTIONS with an origin and the method that is asked for. Envoy's CORS filter
 * answers no others: where one of the two is empty, it passes the request on.
 */
function isPreflight(): bool {
  if (!readRequestHeader(METHOD_NAME, METHOD.length)) return false;
  if (!equalsString(valueAt, valueLength, "OPTIONS")) return false;
  return (
    isRequestHeaderFilled(ORIGIN_NAME, ORIGIN.length) &&
    isRequestHeaderFilled(REQUEST_METHOD_NAME, REQUEST_METHOD.length)
  );
}

function isRequestHeaderFilled(name: usize, length: i32): bool {
  return readRequestHeader(name, length) && valueLength > 0;
}

function decideOnToken(config: Config, route: Route, stream: u32): i32 {
  const policy = route.policy;
  const cached = findToken(policy, tokenAt, tokenLength, foundPlaces);
  const time = now();
  if (isNull(cached)) {
    if (isNull(policy.introspection)) return decideOnNewToken(config, policy, time);
    const deny = introspect(config, route, stream, time);
    return deny == NOT_OPAQUE ? decideOnNewToken(config, policy, time) : deny;
  }
  countCacheHit();
  const deny = checkTimes(policy, cached.expires, cached.notBefore, time);
  if (deny == Deny.Expired) dropToken(cached);
  return deny != Deny.None ? deny : admit(policy, policy.authorizations, cached);
}

function decideOnNewToken(config: Config, policy: Policy, time: f64): Deny {
  countCacheMiss();
  const deny = verifyToken(config, policy, foundPlaces, tokenAt, tokenLength, time);
  if (deny == Deny.None) {
    keepToken(tokenAt, tokenLength, verified);
    return admit(policy, policy.authorizations, verified);
  }
  const malformed = deny == Deny.TokenMalformed || deny == Deny.TokenTooLarge;
  return malformed && isAmbiguous() ? Deny.CredentialsAmbiguous : deny;
}

/** Judges a token by what an introspection endpoint says of it: at once where that is known, else when it answers. */
import { Deny, MAX_TOKEN_BYTES } from "../contract";
import { actFor } from "../host/hostcalls";
import { isTokenOfProvider } from "../jose/token";
import { countIntrospectionCacheHit, countIntrospectionCall, countIntrospectionFailure } from "../metrics";
import { Config, IntrospectionServer, isNull, nothing, Policy } from "../policy/config";
import { isAmbiguous, isTokenText, tokenAt, tokenLength } from "../policy/credentials";
import { Facts } from "../policy/facts";
import { admit } from "../policy/identity-headers";
import { foundPlaces } from "../policy/places";
import { Route } from "../policy/routes";
import { checkTimes } from "../policy/times";
import { findAnswer } from "./answer-cache";
import { addCall, addWaiter, Call, findCall, hasRoomForCall, NO_STREAM } from "./calls";
import { admitsCall, noteCall } from "./circuit";
import { callServer } from "./request";

/** Results beside deny codes: the request waits for an answer; the token is a JWT for the policy's providers. */
export const WAITING: i32 = -1;
export const NOT_OPAQUE: i32 = -2;

/** The context that calls belong to. */
let caller: u32 = 0;

/** Sets the plugin context that calls belong to from now on. */
export function callFrom(pluginContext: u32): void {
  caller = pluginContext;
}

/** Judges the token of a request whose policy has introspection: a deny code, `WAITING` or `NOT_OPAQUE`. */
export function introspect(config: Config, route: Route, stream: u32, now: f64): i32 {
  const policy = route.policy;
  if (!isNull(policy.places) && (policy.introspection.placeMask & foundPlaces) == 0) return NOT_OPAQUE;
  const server = policy.introspection.server;
  const answer = findAnswer(server, tokenAt, tokenLength, now);
  if (!isNull(answer)) {
    countIntrospectionCacheHit();
    return answer.deny == Deny.None ? judge(policy, answer, now) : answer.deny;
  }
  if (tokenLength > MAX_TOKEN_BYTES) return Deny.TokenTooLarge;
  if (isTokenOfProvider(config, policy, foundPlaces, tokenAt, tokenLength)) return NOT_OPAQUE;
  if (!isTokenText()) return isAmbiguous() ? Deny.CredentialsAmbiguous : Deny.TokenMalformed;
  return waitFor(server, route, stream, now);
}

/** Whether an active token is good now, and may call. */
export function judge(policy: Policy, facts: Facts, now: f64): Deny {
  const deny = checkTimes(policy, facts.expires, facts.notBefore, now);
  return deny != Deny.None ? deny : admit(policy, policy.introspection.authorizations, facts);
}

function waitFor(server: IntrospectionServer, route: Route, stream: u32, now: f64): i32 {
  let call = findCall(server, tokenAt, tokenLength);
  if (isNull(call)) call = startCall(server, stream, now);
  if (isNull(call)) return Deny.IntrospectionUnavailable;
  const waits = addWaiter(call, route.policy.shadow ? NO_STREAM : stream, route.name, route.nameLength);
  return waits ? WAITING : Deny.IntrospectionUnavailable;
}

/** Calls the endpoint on behalf of the plugin; null where that cannot be. */
function startCall(server: IntrospectionServer, stream: u32, now: f64): Call {
  if (!hasRoomForCall() || !admitsCall(server, now)) return nothing<Call>();
  if (!actFor(caller)) return nothing<Call>();
  countIntrospectionCall();
  const id = callServer(server, tokenAt, tokenLength, server.timeoutMs);
  actFor(stream);
  if (id != 0) return addCall(server, tokenAt, tokenLength, id, now + <f64>server.timeoutMs / 1_000);
  countIntrospectionFailure();
  noteCall(server, false, now);
  return nothing<Call>();
}

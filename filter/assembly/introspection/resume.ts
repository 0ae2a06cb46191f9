/** Lets waiting requests go on when their call has ended, or when the configuration has changed under it. */
import { asciiBytes } from "../bytes/ascii";
import { Deny, ID_LENGTH } from "../contract";
import { ACTION_CONTINUE } from "../host/abi";
import { actFor, continueRequest, now, readProperty } from "../host/hostcalls";
import { markScratch, releaseScratch } from "../host/memory";
import { countIntrospectionFailure } from "../metrics";
import { Config, findIntrospectionServer, IntrospectionServer, isNull, Policy } from "../policy/config";
import { forgetAdmitted } from "../policy/identity-headers";
import { findRoute } from "../policy/routes";
import { countVerdict, settle } from "../stream";
import { introspected, isServing, readAnswer } from "./answer";
import { dropAnswers, keepActive, keepInactive } from "./answer-cache";
import {
  Call,
  freeCall,
  NO_STREAM,
  putBack,
  routeOf,
  serverIdOf,
  takeCall,
  takeCalls,
  tokenLengthOf,
  tokenOf,
  Waiter,
} from "./calls";
import { noteCall } from "./circuit";
import { callFrom, judge } from "./introspect";
import { callServer } from "./request";

const RESPONSE_DETAILS: string = "response\0code_details";
const RESPONSE_DETAILS_PATH: usize = asciiBytes(RESPONSE_DETAILS);

/** The call of that id has ended: with an answer, or with none where the host has no headers of one. */
export function onHttpCallResponse(config: Config, id: u32, bodyLength: i32): void {
  const call = takeCall(id);
  if (isNull(call)) return;
  const server = findIntrospectionServer(config, serverIdOf(call), ID_LENGTH);
  const time = now();
  const deny = isNull(server)
    ? Deny.IntrospectionUnavailable
    : takeAnswer(config, server, call, bodyLength, time);
  conclude(config, server, call, deny, time);
}

function takeAnswer(
  config: Config,
  server: IntrospectionServer,
  call: Call,
  bodyLength: i32,
  time: f64,
): Deny {
  const deny = readAnswer(config, server, bodyLength);
  noteCall(server, isServing, time);
  if (deny == Deny.None) keepActive(server, tokenOf(call), tokenLengthOf(call), introspected, time);
  else if (deny == Deny.IntrospectionUnavailable) countIntrospectionFailure();
  else keepInactive(server, tokenOf(call), tokenLengthOf(call), deny, time);
  return deny;
}

/** Lets all requests go on that wait for a call, and frees it. `deny` is `None` where the token is active. */
function conclude(config: Config, server: IntrospectionServer, call: Call, deny: Deny, time: f64): void {
  markScratch();
  for (let waiter = call.waiters; !isNull(waiter); waiter = waiter.next) {
    resume(config, server, waiter, deny, time);
    releaseScratch();
  }
  freeCall(call);
}

/**
 * Whether the request of the context still waits for its answer. The context of one that was reset, or that the host
 * has answered by itself, lives on for a moment; an answer of ours would crash Envoy then. Such a request has details.
 */
function isAlive(): bool {
  return !readProperty(RESPONSE_DETAILS_PATH, RESPONSE_DETAILS.length);
}

/** Lets a request go on, unless it has gone. The configuration may have changed: the route is looked up anew. */
function resume(
  config: Config,
  server: IntrospectionServer,
  waiter: Waiter,
  answered: Deny,
  time: f64,
): void {
  const inShadow = waiter.stream == NO_STREAM;
  if (!inShadow && !(actFor(waiter.stream) && isAlive())) return;
  const route = findRoute(config, routeOf(waiter), waiter.routeLength);
  forgetAdmitted();
  let deny: Deny = Deny.PolicyUnknown;
  if (!isNull(route.policy)) {
    if (!isIntrospectedBy(route.policy, server)) deny = Deny.IntrospectionUnavailable;
    else deny = answered == Deny.None ? judge(route.policy, introspected, time) : answered;
  }
  if (inShadow) countVerdict(route, deny);
  else if (settle(config, route, deny) == ACTION_CONTINUE) continueRequest();
}

function isIntrospectedBy(policy: Policy, server: IntrospectionServer): bool {
  return !isNull(policy.introspection) && !isNull(server) && policy.introspection.server == server;
}

/**
 * Takes over a new configuration, whose plugin context is the caller from now on: the one before may go away, and its
 * calls with it. They are made anew, with the time that they have left.
 */
export function moveCalls(config: Config, pluginContext: u32): void {
  dropAnswers();
  callFrom(pluginContext);
  let call = takeCalls();
  if (isNull(call)) return;
  const time = now();
  while (!isNull(call)) {
    const next = call.next;
    const server = findIntrospectionServer(config, serverIdOf(call), ID_LENGTH);
    if (!isNull(server) && callAgain(server, call, time)) putBack(call);
    else conclude(config, server, call, Deny.IntrospectionUnavailable, time);
    call = next;
  }
}

function callAgain(server: IntrospectionServer, call: Call, time: f64): bool {
  const left = (call.deadline - time) * 1_000;
  if (left < 1) return false;
  const timeoutMs = min(<u32>left, server.timeoutMs);
  call.id = callServer(server, tokenOf(call), tokenLengthOf(call), timeoutMs);
  return call.id != 0;
}

/** The answer of an introspection endpoint (RFC 7662, section 2.2). */
import { asciiBytes } from "../bytes/ascii";
import { Kind } from "../bytes/json";
import { equalBytes, equalsString } from "../bytes/slice";
import { Deny, MAX_INTROSPECTION_ANSWER_BYTES } from "../contract";
import { readHttpCallBody, readHttpCallHeader, valueAt, valueLength } from "../host/hostcalls";
import { allocate } from "../host/memory";
import { readClaimValues } from "../jose/claim-values";
import * as claims from "../jose/claims";
import { noteClaims } from "../jose/token";
import { Config, IntrospectionServer, isNull } from "../policy/config";
import { createFacts, Facts } from "../policy/facts";

const STATUS: string = ":status";
const STATUS_NAME: usize = asciiBytes(STATUS);

/** What the last active answer says of the token. */
export const introspected: Facts = createFacts();

/** Whether the last answer shows that the endpoint is at work: its fault, if any, concerns one token alone. */
export let isServing: bool = false;

/**
 * Reads the answer whose callback is under way: `None` for an active token, `TokenInactive`, `IssuerUnexpected`, `TokenBound`, or
 * `IntrospectionUnavailable` for everything that is no answer.
 */
export function readAnswer(config: Config, server: IntrospectionServer, bodyLength: i32): Deny {
  isServing = false;
  if (!readHttpCallHeader(STATUS_NAME, STATUS.length)) return Deny.IntrospectionUnavailable;
  isServing = !isOverloadOrFault();
  if (!equalsString(valueAt, valueLength, "200")) return Deny.IntrospectionUnavailable;
  if (bodyLength > MAX_INTROSPECTION_ANSWER_BYTES) return Deny.IntrospectionUnavailable;
  if (!readHttpCallBody(bodyLength)) return Deny.IntrospectionUnavailable;
  const original = isNull(config.claims) ? 0 : copyOf(valueAt, valueLength);
  const claimsDeny = claims.readClaims(valueAt, valueLength, config.strings);
  if (claimsDeny != Deny.None) return Deny.IntrospectionUnavailable;
  if (claims.active == Kind.False) return Deny.TokenInactive;
  if (claims.active != Kind.True) return Deny.IntrospectionUnavailable;
  if (!isIssuedBy(server)) return Deny.IssuerUnexpected;
  if (claims.isBound) return Deny.TokenBound;
  noteClaims(introspected);
  if (original == 0 || readClaimValues(config, original, valueLength, introspected)) return Deny.None;
  return Deny.IntrospectionUnavailable;
}

/** A copy until the callback ends, because reading resolves escapes in place. */
function copyOf(at: usize, length: i32): usize {
  const copy = allocate(length);
  memory.copy(copy, at, length);
  return copy;
}

/** Whether the status that was read is 429 or 5xx. */
function isOverloadOrFault(): bool {
  return equalsString(valueAt, valueLength, "429") || (valueLength > 0 && load<u8>(valueAt) == 0x35);
}

function isIssuedBy(server: IntrospectionServer): bool {
  const issuer = server.issuer;
  if (isNull(issuer)) return true;
  return claims.issuerAt != 0 && equalBytes(issuer.at, issuer.length, claims.issuerAt, claims.issuerLength);
}

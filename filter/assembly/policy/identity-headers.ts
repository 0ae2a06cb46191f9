/**
 * Headers that tell the upstream what a verified token says. No client may send them itself: its own copies are removed
 * on every route, whether it writes `-` or `_`, because many upstreams do not tell the two apart.
 */
import { allocateIn } from "../bytes/arena";
import { itemAt, List } from "../bytes/list";
import { createStringTable, findString, numberString } from "../bytes/string-table";
import { Deny, MAX_HEADER_NAME_CHARACTERS } from "../contract";
import { nameAt, nameLength, nextHeader, readRequestHeaders } from "../host/header-map";
import { removeRequestHeader, replaceRequestHeader } from "../host/hostcalls";
import { authorize } from "./authorize";
import { ClaimToHeader, Config, isNull, nothing, Policy } from "./config";
import { Facts, findText, UNUSABLE } from "./facts";

const UNDERSCORE: u8 = 0x5f;
const HYPHEN: u8 = 0x2d;

/** What is known of the token that the request under way was admitted with; null where there is none. */
let admitted: Facts = nothing<Facts>();

const normalised: usize = memory.data(128);

/** Makes the table of all headers that any policy writes; a configuration that writes none has none. */
export function linkIdentityHeaders(config: Config): void {
  let count: u32 = 0;
  for (let i = 0; i < config.policies.count; i++) {
    const entries = changetype<Policy>(itemAt(config.policies, i)).claimsToHeaders;
    if (!isNull(entries)) count += entries.count;
  }
  if (count == 0) return;
  config.identityHeaders = createStringTable(config.arena, count);
  for (let i = 0; i < config.policies.count; i++) {
    const entries = changetype<Policy>(itemAt(config.policies, i)).claimsToHeaders;
    if (!isNull(entries)) addNames(config, entries);
  }
}

function addNames(config: Config, entries: List): void {
  for (let i = 0; i < entries.count; i++) {
    const header = changetype<ClaimToHeader>(itemAt(entries, i)).header;
    const name = allocateIn(config.arena, header.length);
    normalise(header.at, header.length, name);
    numberString(config.identityHeaders, name, header.length);
  }
}

function normalise(at: usize, length: i32, target: usize): void {
  for (let i = 0; i < length; i++) {
    const byte = load<u8>(at + i);
    store<u8>(target + i, byte == UNDERSCORE ? HYPHEN : byte);
  }
}

/** Starts on another request, of whose token nothing is known. */
export function forgetAdmitted(): void {
  admitted = nothing<Facts>();
}

/** Whether a good token may call; its claims become the headers of the request then. */
export function admit(policy: Policy, authorizations: List, facts: Facts): Deny {
  const deny = authorize(authorizations, facts);
  if (deny != Deny.None || isNull(policy.claimsToHeaders)) return deny;
  for (let i = 0; i < policy.claimsToHeaders.count; i++) {
    const text = findText(facts, changetype<ClaimToHeader>(itemAt(policy.claimsToHeaders, i)).claim);
    if (!isNull(text) && text.length == UNUSABLE) return Deny.ClaimUnusable;
  }
  admitted = facts;
  return Deny.None;
}

/** Removes the client's own identity headers, and sets those of the policy from the token that was admitted. */
export function setIdentityHeaders(config: Config, policy: Policy): void {
  readRequestHeaders();
  while (nextHeader()) {
    if (isIdentityHeader(config, nameAt, nameLength)) removeRequestHeader(nameAt, nameLength);
  }
  if (isNull(admitted) || isNull(policy.claimsToHeaders)) return;
  for (let i = 0; i < policy.claimsToHeaders.count; i++) {
    const entry = changetype<ClaimToHeader>(itemAt(policy.claimsToHeaders, i));
    const text = findText(admitted, entry.claim);
    if (!isNull(text)) replaceRequestHeader(entry.header.at, entry.header.length, text.at, text.length);
  }
}

function isIdentityHeader(config: Config, at: usize, length: i32): bool {
  if (length > MAX_HEADER_NAME_CHARACTERS) return false;
  normalise(at, length, normalised);
  return findString(config.identityHeaders, normalised, length) >= 0;
}

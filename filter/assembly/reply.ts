/** Refusals: status, challenge (RFC 6750, section 3), and a problem document (RFC 9457). */
import { itemAt } from "./bytes/list";
import {
  startWriting,
  writeByte,
  writeBytes,
  writeNumber,
  writeString,
  writtenAt,
  writtenLength,
} from "./bytes/writer";
import { DENY_CODES, DENY_DETAIL, DENY_ERROR, DENY_STATUS, Deny } from "./contract";
import { ACTION_PAUSE, proxy_send_local_response } from "./host/abi";
import { nearest } from "./policy/authorize";
import { Text } from "./policy/config";

const CONTENT_TYPE: string = "content-type";
const PROBLEM_JSON: string = "application/problem+json";
const CHALLENGE: string = "www-authenticate";
const RETRY_AFTER: string = "retry-after";
const RETRY_AFTER_SECONDS: string = "5";

/** Scopes that do not fit into so many bytes together are left out of the challenge. */
const MAX_SCOPES_LENGTH: i32 = 2_048;

/** Let the host derive the gRPC status from the HTTP status. */
const NO_GRPC_STATUS: u32 = 0xffff_ffff;

/** Answers the request instead of the upstream. */
export function refuse(deny: Deny): u32 {
  const status = unchecked(DENY_STATUS[deny]);
  startWriting();
  writeDetails(deny);
  const detailsLength = writtenLength();
  writeBody(deny, status);
  const bodyAt = writtenAt() + detailsLength;
  const bodyLength = writtenLength() - detailsLength;
  const headersAt = writtenAt() + writtenLength();
  writeHeaders(deny, status);
  const headersLength = <i32>(writtenAt() + writtenLength() - headersAt);
  proxy_send_local_response(
    status,
    writtenAt(),
    detailsLength,
    bodyAt,
    bodyLength,
    headersAt,
    headersLength,
    NO_GRPC_STATUS,
  );
  return ACTION_PAUSE;
}

/** Response code details of Envoy's access log. */
function writeDetails(deny: Deny): void {
  writeString("tollgate_denied{");
  writeString(unchecked(DENY_CODES[deny]));
  writeString("}");
}

function titleOf(status: i32): string {
  if (status == 400) return "Bad Request";
  if (status == 401) return "Unauthorized";
  return status == 403 ? "Forbidden" : "Service Unavailable";
}

function writeBody(deny: Deny, status: i32): void {
  writeString('{"type":"about:blank","title":"');
  writeString(titleOf(status));
  writeString('","status":');
  writeNumber(status);
  writeString(',"code":"');
  writeString(unchecked(DENY_CODES[deny]));
  writeString('","detail":"');
  writeString(unchecked(DENY_DETAIL[deny]));
  writeString('"}');
}

/**
 * Header pairs in the form of the ABI: their count, the lengths of each name and value, then the bytes of each,
 * every one closed by NUL. The length of the challenge is filled in when it is written.
 */
function writeHeaders(deny: Deny, status: i32): void {
  const challenge = unchecked(DENY_ERROR[deny]).length > 0 || status == 401;
  const retry = status == 503;
  writeWord(challenge || retry ? 2 : 1);
  writeLengths(CONTENT_TYPE, PROBLEM_JSON.length);
  const lengthAt = writtenAt() + writtenLength() + 4;
  if (challenge) writeLengths(CHALLENGE, 0);
  if (retry) writeLengths(RETRY_AFTER, RETRY_AFTER_SECONDS.length);
  writeTerminated(CONTENT_TYPE);
  writeTerminated(PROBLEM_JSON);
  if (challenge) {
    writeTerminated(CHALLENGE);
    const before = writtenLength();
    writeChallenge(deny);
    store<u32>(lengthAt, writtenLength() - before);
    writeByte(0);
  }
  if (retry) {
    writeTerminated(RETRY_AFTER);
    writeTerminated(RETRY_AFTER_SECONDS);
  }
}

function writeWord(value: u32): void {
  for (let shift = 0; shift < 32; shift += 8) writeByte((value >> shift) & 0xff);
}

function writeLengths(name: string, valueLength: i32): void {
  writeWord(name.length);
  writeWord(valueLength);
}

function writeTerminated(text: string): void {
  writeString(text);
  writeByte(0);
}

function writeChallenge(deny: Deny): void {
  writeString('Bearer realm="tollgate"');
  const error = unchecked(DENY_ERROR[deny]);
  if (error.length == 0) return;
  writeString(', error="');
  writeString(error);
  writeString('", error_description="');
  writeString(unchecked(DENY_DETAIL[deny]));
  writeByte(0x22);
  if (deny == Deny.ScopeMissing) writeScopes();
}

/** The scopes that would have sufficed. Only those that RFC 6749, section 3.3 allows in a quoted value are told. */
function writeScopes(): void {
  writeString(', scope="');
  const scopes = nearest.scopes;
  let written = 0;
  for (let i = 0; i < scopes.count; i++) {
    const scope = changetype<Text>(itemAt(scopes, i));
    if (scope.length > MAX_SCOPES_LENGTH - written || !isScopeToken(scope)) continue;
    if (written > 0) writeByte(0x20);
    writeBytes(scope.at, scope.length);
    written += scope.length + 1;
  }
  writeByte(0x22);
}

function isScopeToken(scope: Text): bool {
  for (let i = 0; i < scope.length; i++) {
    const byte = load<u8>(scope.at + i);
    if (byte <= 0x20 || byte == 0x22 || byte == 0x5c || byte > 0x7e) return false;
  }
  return true;
}

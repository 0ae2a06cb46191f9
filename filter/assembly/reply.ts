/** Refusals: status, challenge, and a problem document (RFC 9457), or what takes its place for gRPC. */
import { asciiBytes } from "./bytes/ascii";
import { equalsString } from "./bytes/slice";
import { startWriting, writeNumber, writeString, writtenAt, writtenLength } from "./bytes/writer";
import { writeChallenge } from "./challenge";
import { DENY_CODES, DENY_DETAIL, DENY_ERROR, DENY_STATUS, Deny } from "./contract";
import { ACTION_PAUSE, proxy_send_local_response } from "./host/abi";
import { ORIGIN, ORIGIN_NAME } from "./host/header-names";
import { addPair, startPairs, writePairs } from "./host/header-pairs";
import { readRequestHeader, valueAt, valueLength } from "./host/hostcalls";
import { CorsPolicy, isNull } from "./policy/config";
import { allowsOrigin } from "./policy/cors";

const CONTENT_TYPE: string = "content-type";
const CONTENT_TYPE_NAME: usize = asciiBytes(CONTENT_TYPE);
const PROBLEM_JSON: string = "application/problem+json";
const PROBLEM_JSON_VALUE: usize = asciiBytes(PROBLEM_JSON);
const CHALLENGE: string = "www-authenticate";
const CHALLENGE_NAME: usize = asciiBytes(CHALLENGE);
const RETRY_AFTER: string = "retry-after";
const RETRY_AFTER_NAME: usize = asciiBytes(RETRY_AFTER);
const RETRY_AFTER_SECONDS: string = "5";
const RETRY_AFTER_VALUE: usize = asciiBytes(RETRY_AFTER_SECONDS);
const ALLOW_ORIGIN: string = "access-control-allow-origin";
const ALLOW_ORIGIN_NAME: usize = asciiBytes(ALLOW_ORIGIN);
const ALLOW_CREDENTIALS: string = "access-control-allow-credentials";
const ALLOW_CREDENTIALS_NAME: usize = asciiBytes(ALLOW_CREDENTIALS);
const TRUE: string = "true";
const TRUE_VALUE: usize = asciiBytes(TRUE);
const EXPOSE_HEADERS: string = "access-control-expose-headers";
const EXPOSE_HEADERS_NAME: usize = asciiBytes(EXPOSE_HEADERS);
const GRPC: string = "application/grpc";

/** Answers the request instead of the upstream; `cors` is null where the rule has none. */
export function refuse(deny: Deny, cors: CorsPolicy): u32 {
  const status = unchecked(DENY_STATUS[deny]);
  const grpc = isGrpc();
  startPairs();
  if (!isNull(cors)) addCorsHeaders(cors);
  startWriting();
  writeDetails(deny);
  const detailsLength = writtenLength();
  if (grpc) writeString(unchecked(DENY_DETAIL[deny]));
  else writeProblem(deny, status);
  const bodyLength = writtenLength() - detailsLength;
  if (!grpc) addPair(CONTENT_TYPE_NAME, CONTENT_TYPE.length, PROBLEM_JSON_VALUE, PROBLEM_JSON.length);
  if (status == 401 || unchecked(DENY_ERROR[deny]).length > 0) addChallenge(deny);
  if (status == 503) {
    addPair(RETRY_AFTER_NAME, RETRY_AFTER.length, RETRY_AFTER_VALUE, RETRY_AFTER_SECONDS.length);
  }
  const headersAt = writtenAt() + writtenLength();
  const headersLength = writePairs();
  proxy_send_local_response(
    status,
    writtenAt(),
    detailsLength,
    writtenAt() + detailsLength,
    bodyLength,
    headersAt,
    headersLength,
    grpcStatusOf(status),
  );
  return ACTION_PAUSE;
}

/** Whether the host answers as gRPC has it: HTTP status 200, and the body as `grpc-message`. */
function isGrpc(): bool {
  if (!readRequestHeader(CONTENT_TYPE_NAME, CONTENT_TYPE.length)) return false;
  if (valueLength < GRPC.length || !equalsString(valueAt, GRPC.length, GRPC)) return false;
  return valueLength == GRPC.length || load<u8>(valueAt + GRPC.length) == 0x2b;
}

/** Status code of gRPC: INVALID_ARGUMENT, UNAUTHENTICATED, PERMISSION_DENIED or UNAVAILABLE. */
function grpcStatusOf(status: i32): u32 {
  if (status == 400) return 3;
  if (status == 401) return 16;
  return status == 403 ? 7 : 14;
}

/** What lets a page of an allowed origin read the answer (Fetch, section 3.3.3). */
function addCorsHeaders(cors: CorsPolicy): void {
  if (!readRequestHeader(ORIGIN_NAME, ORIGIN.length)) return;
  const origin = valueAt;
  const length = valueLength;
  if (!allowsOrigin(cors, origin, length)) return;
  addPair(ALLOW_ORIGIN_NAME, ALLOW_ORIGIN.length, origin, length);
  if (cors.allowCredentials)
    addPair(ALLOW_CREDENTIALS_NAME, ALLOW_CREDENTIALS.length, TRUE_VALUE, TRUE.length);
  const exposed = cors.exposeHeaders;
  if (!isNull(exposed)) addPair(EXPOSE_HEADERS_NAME, EXPOSE_HEADERS.length, exposed.at, exposed.length);
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

function writeProblem(deny: Deny, status: i32): void {
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

function addChallenge(deny: Deny): void {
  const at = writtenAt() + writtenLength();
  const before = writtenLength();
  writeChallenge(deny);
  addPair(CHALLENGE_NAME, CHALLENGE.length, at, writtenLength() - before);
}

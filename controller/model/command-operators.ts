/** Command operators of Envoy in header values, before Envoy refuses a whole configuration because of one. */

/**
 * Operators that a value may hold. Operators that would hand a user something of the gateway's own (its environment, its
 * files) are not among them.
 */
const OPERATORS: ReadonlySet<string> = new Set([
  "CONNECTION_ID",
  "DOWNSTREAM_DIRECT_REMOTE_ADDRESS",
  "DOWNSTREAM_DIRECT_REMOTE_ADDRESS_WITHOUT_PORT",
  "DOWNSTREAM_LOCAL_ADDRESS",
  "DOWNSTREAM_LOCAL_ADDRESS_WITHOUT_PORT",
  "DOWNSTREAM_LOCAL_PORT",
  "DOWNSTREAM_PEER_CERT",
  "DOWNSTREAM_PEER_CERT_V_END",
  "DOWNSTREAM_PEER_CERT_V_START",
  "DOWNSTREAM_PEER_FINGERPRINT_1",
  "DOWNSTREAM_PEER_FINGERPRINT_256",
  "DOWNSTREAM_PEER_ISSUER",
  "DOWNSTREAM_PEER_SERIAL",
  "DOWNSTREAM_PEER_SUBJECT",
  "DOWNSTREAM_PEER_URI_SAN",
  "DOWNSTREAM_REMOTE_ADDRESS",
  "DOWNSTREAM_REMOTE_ADDRESS_WITHOUT_PORT",
  "DOWNSTREAM_REMOTE_PORT",
  "DOWNSTREAM_TLS_CIPHER",
  "DOWNSTREAM_TLS_SESSION_ID",
  "DOWNSTREAM_TLS_VERSION",
  "PROTOCOL",
  "REQUESTED_SERVER_NAME",
  "START_TIME",
  "STREAM_ID",
]);

const REQUEST_HEADER = /^REQ\(:?[A-Za-z0-9_-]+(\?:?[A-Za-z0-9_-]+)?\)(:[1-9]\d{0,4})?$/;

/** The first part of `value` that is neither text, `%%` nor a known operator; undefined if there is none. */
export function unknownOperator(value: string): string | undefined {
  for (const [part] of value.matchAll(/%%|%[^%]*%?/g)) {
    if (part === "%%") continue;
    const operator = part.slice(1, -1);
    if (!part.endsWith("%") || !(OPERATORS.has(operator) || REQUEST_HEADER.test(operator))) return part;
  }
  return undefined;
}

/** Command operators of Envoy in header values, before Envoy refuses a whole configuration because of one. */

/**
 * Operators that a value may hold. Operators that would hand a user something of the gateway's own (its environment, its
 * files) are not among them.
 */
export const OPERATORS: ReadonlySet<string> = new Set([
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

/** A field name (RFC 9110, section 5.1) or pseudo-header, and one that is read where the first is absent. */
const REQUEST_HEADERS = /^:?[!#$%&'*+.^`|~\w-]+(?:\?:?[!#$%&'*+.^`|~\w-]+)?$/;

/** Text and conversions of `strftime`; `%3f` is the fraction of a second with three digits. */
const TIME_FORMAT = /^(?! )(?:[^%()["\\\p{Cc}]|%[aAbBcCdDeFgGhHIjklmMpPrRsSTuUVwWxXyYzZ]|%[1-9]?f)+$/u;

/** Parameters by operator. Envoy takes a length, as in `%REQ(x-id):20%`, but Istio refuses it. */
const PARAMETERS: ReadonlyMap<string, RegExp> = new Map([
  ["REQ", REQUEST_HEADERS],
  ["START_TIME", TIME_FORMAT],
]);

/** What begins with a percent sign: an escaped one, an operator as Envoy finds it, or neither. */
const PERCENT = /%%|%([A-Z0-9_]+)(?:\((.*?)\))?(:\d+)?%|%[^%]*%?/gs;

/** The first part of `value` that is neither text, `%%` nor a known operator; undefined if there is none. */
export function unknownOperator(value: string): string | undefined {
  for (const [part, name, parameters, length] of value.matchAll(PERCENT)) {
    if (part !== "%%" && !(length === undefined && isKnown(name, parameters))) return part;
  }
  return undefined;
}

function isKnown(name = "", parameters?: string): boolean {
  return parameters === undefined ? OPERATORS.has(name) : (PARAMETERS.get(name)?.test(parameters) ?? false);
}

/** Whether all of `value` is operators, so that it is empty where these have nothing to say. */
export function mayBeEmpty(value: string): boolean {
  return value.replace(PERCENT, (part) => (part === "%%" ? part : "")) === "";
}

/** Names of the request headers that the operators of `value` read, in lower case. */
export function headersRead(value: string): string[] {
  return [...value.matchAll(PERCENT)].flatMap(([, name, parameters = ""]) =>
    name === "REQ" ? parameters.toLowerCase().split("?") : [],
  );
}

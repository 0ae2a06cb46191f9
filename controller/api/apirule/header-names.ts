/** Request headers that a rule cannot set, in lower case. */

/** Headers that belong to the connection (RFC 9110, section 7.6.1) or to its framing. */
export const CONNECTION_HEADERS: readonly string[] = [
  "connection",
  "content-length",
  "keep-alive",
  "proxy-connection",
  "te",
  "trailer",
  "transfer-encoding",
  "upgrade",
];

/** Headers that the gateway itself sets. */
export const GATEWAY_HEADERS: readonly string[] = ["host", "x-forwarded-host"];

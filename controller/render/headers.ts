/** Headers that every rendering sets and removes alike. */
import type { Exposure, Route } from "../model/exposure.ts";
import { isRemovedFirst } from "../model/header-removal.ts";

/** CORS response headers (Fetch standard) that an upstream may not set: the gateway alone answers CORS. */
export const CORS_RESPONSE_HEADERS: readonly string[] = [
  "access-control-allow-origin",
  "access-control-expose-headers",
  "access-control-allow-headers",
  "access-control-allow-credentials",
  "access-control-allow-methods",
  "access-control-max-age",
];

/** Envoy's command operator for the host that the client asked for. */
const REQUESTED_HOST = "%REQ(:AUTHORITY)%";

/**
 * Request headers to set on a route, by lower-case name: `x-forwarded-host`, then those of the rule. The forwarded
 * host is the exposed one, or the requested one where the exposure covers several.
 */
export function requestHeadersToSet(exposure: Exposure, route: Route): Map<string, string> {
  const [host, ...others] = exposure.hosts;
  const single = host !== undefined && others.length === 0 && !host.startsWith("*");
  const headers = new Map([["x-forwarded-host", single ? host : REQUESTED_HOST]]);
  for (const { name, value } of route.requestHeaders) headers.set(name, value);
  return headers;
}

/** Request headers to remove on a route before others are set, in lower case and sorted. */
export function requestHeadersToRemove(route: Route): string[] {
  return route.requestHeaders.filter(isRemovedFirst).map(({ name }) => name);
}

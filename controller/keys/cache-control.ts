/** How long fetched keys count as fresh, in seconds. */
export interface FreshnessBounds {
  /** Used when the response does not say, or forbids caching. */
  defaultSeconds: number;
  minSeconds: number;
  maxSeconds: number;
}

/**
 * Seconds until a response is to be fetched again: its `max-age` (RFC 9111, section 5.2.2.1) less its `Age`,
 * held within the bounds. Without one, or with `no-store`, `no-cache` or `max-age=0`, the default.
 */
export function freshnessOf(
  headers: { "cache-control"?: string | undefined; age?: string | undefined },
  { defaultSeconds, minSeconds, maxSeconds }: FreshnessBounds,
): number {
  const directives = (headers["cache-control"] ?? "")
    .toLowerCase()
    .split(",")
    .map((each) => each.trim());
  if (directives.includes("no-store") || directives.includes("no-cache")) return defaultSeconds;
  const maxAge = directives.map((each) => /^max-age="?(\d+)"?$/.exec(each)?.[1]).find(Boolean);
  if (maxAge === undefined || Number(maxAge) === 0) return defaultSeconds;
  const age = /^\d+$/.test(headers.age ?? "") ? Number(headers.age) : 0;
  return Math.min(Math.max(Number(maxAge) - age, minSeconds), maxSeconds);
}

/** Headers that a route removes before it sets any, because Envoy sets none whose value turns out empty. */
import { headersRead, mayBeEmpty } from "./command-operators.ts";
import type { Route } from "./exposure.ts";
import type { Findings } from "./findings.ts";

type RequestHeader = Route["requestHeaders"][number];

/** Whether what the client sent would stay without removal. A header that reads itself is the client's on purpose. */
export function isRemovedFirst({ name, value }: RequestHeader): boolean {
  return mayBeEmpty(value) && !headersRead(value).includes(name);
}

/** Refuses each header of a rule that would be removed before another one reads it. `at` is the path of its attribute. */
export function checkRemovals(
  headers: readonly (RequestHeader & { at: string })[],
  findings: Findings,
): void {
  const readers = new Map(
    headers.flatMap(({ name, value }) => headersRead(value).map((read) => [read, name])),
  );
  for (const header of headers) {
    const reader = readers.get(header.name);
    if (reader === undefined || !isRemovedFirst(header)) continue;
    findings.problem(
      header.at,
      `the value may turn out empty, and what the client sent would stay, because the header ${reader} reads it; ` +
        `put text into the value, or do not read ${header.name}`,
    );
  }
}

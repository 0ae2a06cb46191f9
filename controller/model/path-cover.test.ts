import fc from "fast-check";
import { expect, test } from "vitest";
import { coverOf } from "./path-cover.ts";
import { anyPath, pattern, requestsUpTo, takes } from "./test-paths.ts";

const requests = requestsUpTo(5);

const matchesOf = new Map<string, ReadonlySet<number>>();

function matchedBy(path: string): ReadonlySet<number> {
  const known = matchesOf.get(path);
  if (known !== undefined) return known;
  const matched = new Set(requests.flatMap((request, index) => (takes(path, request) ? [index] : [])));
  matchesOf.set(path, matched);
  return matched;
}

test("patterns cover another exactly when each of its paths is matched by one of them", () => {
  fc.assert(
    fc.property(anyPath(3), fc.array(anyPath(3), { minLength: 1, maxLength: 5 }), (inner, paths) => {
      const outers = paths.map((path) => ({ path, pattern: pattern(path) }));
      const cover = coverOf(pattern(inner), outers, { steps: Number.POSITIVE_INFINITY });
      const isMatched = (by: readonly string[]) =>
        [...matchedBy(inner)].every((request) => by.some((path) => matchedBy(path).has(request)));
      expect(cover.length > 0).toBe(isMatched(paths));
      if (cover.length === 0) return;
      const named = cover.map(({ path }) => path);
      expect(isMatched(named)).toBe(true);
      for (const path of named.length > 1 ? named : []) {
        expect(isMatched(named.filter((other) => other !== path))).toBe(false);
      }
    }),
    { numRuns: 1_000 },
  );
});

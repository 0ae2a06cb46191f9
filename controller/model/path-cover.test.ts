import fc from "fast-check";
import { expect, test } from "vitest";
import { coverOf } from "./path-cover.ts";
import { type PathPattern, parsePath, pathMatch } from "./paths.ts";

const segment = fc.constantFrom("", "a", "b", "{*}", "{**}");
const anyPath = fc
  .array(segment, { minLength: 1, maxLength: 3 })
  .map((segments) => `/${segments.join("/")}`)
  .filter((path) => "pattern" in parsePath(path));

function pattern(path: string): PathPattern {
  const parsed = parsePath(path);
  if ("problem" in parsed) throw new Error(`${path}: ${parsed.problem}`);
  return parsed.pattern;
}

/** Whether Envoy's router takes a path for the pattern. */
function isMatch(path: string, request: string): boolean {
  const { kind, value } = pathMatch(pattern(path));
  if (kind === "exact") return request === value;
  return kind === "prefix" ? request.startsWith(value) : new RegExp(value).test(request);
}

/** Every path of up to five segments that are empty, named by patterns, or not named. */
const requests = (() => {
  let longest = [""];
  const all: string[] = [];
  for (let length = 1; length <= 5; length++) {
    longest = longest.flatMap((path) => ["", "a", "b", "x"].map((name) => `${path}/${name}`));
    all.push(...longest);
  }
  return all;
})();

const matchesOf = new Map<string, ReadonlySet<number>>();

function matchedBy(path: string): ReadonlySet<number> {
  const known = matchesOf.get(path);
  if (known !== undefined) return known;
  const matched = new Set(requests.flatMap((request, index) => (isMatch(path, request) ? [index] : [])));
  matchesOf.set(path, matched);
  return matched;
}

test("patterns cover another exactly when each of its paths is matched by one of them", () => {
  fc.assert(
    fc.property(anyPath, fc.array(anyPath, { minLength: 1, maxLength: 5 }), (inner, paths) => {
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

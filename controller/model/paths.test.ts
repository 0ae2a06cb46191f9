import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { PathMatch } from "./exposure.ts";
import { covers, type PathPattern, parsePath, pathMatch } from "./paths.ts";

function pattern(path: string): PathPattern {
  const parsed = parsePath(path);
  if ("problem" in parsed) throw new Error(`${path}: ${parsed.problem}`);
  return parsed.pattern;
}

/** As Envoy's router does it. */
function isMatch({ kind, value }: PathMatch, path: string): boolean {
  if (kind === "exact") return path === value;
  return kind === "prefix" ? path.startsWith(value) : new RegExp(value).test(path);
}

describe("what a path matches", () => {
  test.each([
    ["/{**}", ["/", "//", "/a", "/a/", "/a/b", "/%C3%A4"], []],
    ["/*", ["/", "/a/b"], []],
    ["/a/{**}", ["/a/", "/a/x", "/a/x/y", "/a//b", "/a/%2Fb"], ["/a", "/a%2Fb", "/b"]],
    ["/a/{**}/b", ["/a/x/b", "/a/x/y/b", "/a//b"], ["/a/b", "/a/x", "/a/"]],
    ["/{*}", ["/a", "/a%2Fb", "/segment-._~!$&'()*+,;=:@", '/"quoted"'], ["/", "/a/", "/a/b"]],
    ["/a/{*}", ["/a/x", "/a/%2Fb"], ["/a/", "/a/x/y", "/a//b"]],
    ["/a/{*}/c/{**}/d", ["/a/x/c/y/d", "/a/x/c//d"], ["/a/x/c/d"]],
    ["/a", ["/a"], ["/a/", "/A", "/ab"]],
    ["/v1.0/(x)", ["/v1.0/(x)"], ["/v1x0/(x)", "/v1.0/x"]],
    ["/v1.0/{*}", ["/v1.0/x"], ["/v1x0/x"]],
    ["/a@b", ["/a@b", "/a%40b"], ["/ab", "/a@@b"]],
    ["/a%40b/{**}", ["/a@b/", "/a%40b/x"], ["/a%41b/x"]],
    ["/x+y:z", ["/x+y:z", "/x%2By%3Az", "/x%2by%3az"], ["/xxy:z"]],
    ["/caf%c3%A9", ["/caf%C3%A9", "/caf%c3%a9"], ["/caf%C3%A8"]],
    ["/%61b", ["/ab"], ["/b"]],
  ])("%s", (path, matching, others) => {
    const match = pathMatch(pattern(path));
    expect(matching.filter((request) => !isMatch(match, request))).toEqual([]);
    expect(others.filter((request) => isMatch(match, request))).toEqual([]);
  });
});

test.each([
  ["/a/b", { kind: "exact", value: "/a/b" }],
  ["/*", { kind: "prefix", value: "/" }],
  ["/{**}", { kind: "prefix", value: "/" }],
  ["/a.b/{**}", { kind: "prefix", value: "/a.b/" }],
  ["/a.b/{*}", { kind: "regex", value: "^/a\\.b/[^/]+$" }],
  ["/{*}/{**}", { kind: "regex", value: "^/[^/]+/.*$" }],
  ["/%61", { kind: "exact", value: "/a" }],
  ["/a@b", { kind: "regex", value: "^/a(?:@|%40)b$" }],
])("%s is matched in the cheapest way", (path, expected) => {
  expect(pathMatch(pattern(path))).toEqual(expected);
});

test.each([
  ["/{**}/{**}", "Only one {**} operator is allowed in the path."],
  ["/{**}/a/{*}", "The {**} operator must be the last operator in the path."],
])("%s is refused", (path, problem) => {
  expect(parsePath(path)).toEqual({ problem });
});

const segment = fc.constantFrom("", "a", "b", "{*}", "{**}");
const anyPath = fc
  .array(segment, { minLength: 1, maxLength: 5 })
  .map((segments) => `/${segments.join("/")}`)
  .filter((path) => "pattern" in parsePath(path));

/** Every path of up to six segments over an alphabet that has one letter which no pattern names. */
const requests = (() => {
  let longest = [""];
  const all: string[] = [];
  for (let length = 1; length <= 6; length++) {
    longest = longest.flatMap((path) => ["", "a", "b", "x"].map((name) => `${path}/${name}`));
    all.push(...longest);
  }
  return all;
})();

test("covering is exactly the inclusion of what is matched", () => {
  fc.assert(
    fc.property(anyPath, anyPath, (outer, inner) => {
      const outerMatch = pathMatch(pattern(outer));
      const innerMatch = pathMatch(pattern(inner));
      const included = requests.every((path) => !isMatch(innerMatch, path) || isMatch(outerMatch, path));
      expect(covers(pattern(outer), pattern(inner))).toBe(included);
    }),
    { numRuns: 400 },
  );
});

import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { covers, overlap, pathMatch } from "./paths.ts";
import { anyPath, pathProblems, pattern, requestsUpTo, takes } from "./test-paths.ts";

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
    expect(matching.filter((request) => !takes(path, request))).toEqual([]);
    expect(others.filter((request) => takes(path, request))).toEqual([]);
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
  ["/{**}/{**}", ["Only one {**} operator is allowed in the path."]],
  ["/{**}/a/{*}", ["The {**} operator must be the last operator in the path."]],
  [`/${"a".repeat(2_048)}`, ["must have at most 2048 characters, but has 2049"]],
])("%s is refused", (path, problems) => {
  expect(pathProblems(path)).toEqual(problems);
});

const requests = requestsUpTo(6);

test("covering is exactly the inclusion of what is matched", () => {
  fc.assert(
    fc.property(anyPath(5), anyPath(5), (outer, inner) => {
      const included = requests.every((path) => !takes(inner, path) || takes(outer, path));
      expect(covers(pattern(outer), pattern(inner))).toBe(included);
    }),
    { numRuns: 400 },
  );
});

test("patterns overlap exactly when some path is matched by both", () => {
  fc.assert(
    fc.property(anyPath(3), anyPath(3), (a, b) => {
      const common = requests.some((request) => takes(a, request) && takes(b, request));
      expect(overlap(pattern(a), pattern(b))).toBe(common);
    }),
    { numRuns: 300 },
  );
});

import fc from "fast-check";
import { expect, test } from "vitest";
import { overlap, pathTemplates } from "./path-templates.ts";
import { anyPath, pattern, requestsUpTo, takes } from "./test-paths.ts";

test.each([
  ["/*", ["/*"]],
  ["/{**}", ["/*"]],
  ["/a/b", ["/a/b"]],
  ["/a/{**}", ["/a/*"]],
  ["/a/{*}", ["/a/{*}"]],
  ["/{*}/a/{**}", ["/{*}/a/{**}"]],
  ["/a/{**}/z", ["/a/{**}/z"]],
  ["/a@b", ["/a@b", "/a%40b"]],
  ["/a%2Bb/{**}", ["/a+b/*", "/a%2Bb/*", "/a%2bb/*"]],
  ["/caf%c3%a9", ["/caf%C3%A9", "/caf%c3%A9", "/caf%C3%a9", "/caf%c3%a9"]],
  ["/%2A", ["/%2A", "/%2a"]],
])("%s", (path, templates) => {
  expect(pathTemplates(pattern(path))).toEqual(templates);
});

test("a path of very many spellings gives some of them", () => {
  expect(pathTemplates(pattern("/@@@@@@@@@@@@@@@@@@@@"))).toHaveLength(16);
});

const requests = requestsUpTo(6);

test("patterns overlap exactly when some path is matched by both", () => {
  fc.assert(
    fc.property(anyPath(3), anyPath(3), (a, b) => {
      const common = requests.some((request) => takes(a, request) && takes(b, request));
      expect(overlap(pattern(a), pattern(b))).toBe(common);
    }),
    { numRuns: 300 },
  );
});

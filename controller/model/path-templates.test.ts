import fc from "fast-check";
import { expect, test } from "vitest";
import { overlap, pathTemplates } from "./path-templates.ts";
import { type PathPattern, parsePath, pathMatch } from "./paths.ts";

function pattern(path: string): PathPattern {
  const parsed = parsePath(path);
  if ("problem" in parsed) throw new Error(`${path}: ${parsed.problem}`);
  return parsed.pattern;
}

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

const segment = fc.constantFrom("", "a", "b", "{*}", "{**}");
const anyPath = fc
  .array(segment, { minLength: 1, maxLength: 4 })
  .map((segments) => `/${segments.join("/")}`)
  .filter((path) => "pattern" in parsePath(path));

function isMatch(path: string, request: string): boolean {
  const { kind, value } = pathMatch(pattern(path));
  if (kind === "exact") return request === value;
  return kind === "prefix" ? request.startsWith(value) : new RegExp(value).test(request);
}

const requests = (() => {
  let longest = [""];
  const all: string[] = [];
  for (let length = 1; length <= 7; length++) {
    longest = longest.flatMap((path) => ["", "a", "b"].map((name) => `${path}/${name}`));
    all.push(...longest);
  }
  return all;
})();

test("patterns overlap exactly when some path is matched by both", () => {
  fc.assert(
    fc.property(anyPath, anyPath, (a, b) => {
      const common = requests.some((request) => isMatch(a, request) && isMatch(b, request));
      expect(overlap(pattern(a), pattern(b))).toBe(common);
    }),
    { numRuns: 300 },
  );
});

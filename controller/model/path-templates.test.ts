import { expect, test } from "vitest";
import { pathTemplates } from "./path-templates.ts";
import { pattern } from "./test-paths.ts";

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

import { expect, test } from "vitest";
import { spellingWarning } from "./path-spelling.ts";
import { pattern } from "./test-paths.ts";

const NEVER = "requests may never come to this rule: ";

test.each([
  ["/a/../b", `${NEVER}gateways resolve dot segments`],
  ["/{*}/%2e", `${NEVER}gateways resolve dot segments`],
  ["/a//b", `${NEVER}gateways that merge slashes leave no empty segment`],
  ["/a%2fb", `${NEVER}gateways that decode slashes leave none encoded`],
  ["/a/b%5C/{**}", `${NEVER}gateways that decode slashes leave none encoded`],
  [
    "/a;b",
    `${NEVER}semicolons and control characters are refused where a stricter rule stands beside this one`,
  ],
  [
    "//x%3b",
    `${NEVER}gateways that merge slashes leave no empty segment; semicolons and control characters are refused where a stricter rule stands beside this one`,
  ],
])("%s: %s", (path, warning) => {
  expect(spellingWarning(pattern(path))).toBe(warning);
});

test.each(["/", "/a/", "/{**}", "/*", "/a.b/..c/{*}", "/%C3%A4/a@b:c,d=e", "/a/{**}/b/"])(
  "%s is a path that requests come with",
  (path) => expect(spellingWarning(pattern(path))).toBeUndefined(),
);

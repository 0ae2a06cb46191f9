import { describe, expect, test } from "vitest";
import { re2Problem } from "./re2.ts";

describe("expressions that RE2 compiles", () => {
  test.each([
    ".*",
    "https://[a-z0-9-]{1,63}\\.example\\.com",
    "https://(www|app)\\.example\\.(com|org)(:\\d+)?",
    "(?i)https://example\\.com",
    "[[:alpha:]]+",
    "[^/\\]\\d]*",
    "\\[]",
    "a{2,}?",
  ])("%s", (expression) => {
    expect(re2Problem(expression)).toBeUndefined();
  });
});

describe("expressions that it does not, or that grow too large", () => {
  test.each([
    ["(", "it is not a regular expression"],
    ["a**", "it is not a regular expression"],
    ["[z-a]", "it is not a regular expression"],
    ["(?=a)", "look-around is not supported"],
    ["(?<!a)", "look-around is not supported"],
    ["(a)\\1", "\\1 is not supported"],
    ["\\u0041", "\\u is not supported"],
    ["[]", "a character class is empty"],
    ["[^]", "a character class is empty"],
    ["[a-\\d]", "[a-\\d] is not supported"],
    ["[\\b]", "[\\b] is not supported"],
    ["a{1001}", "it repeats more than 256 times in total"],
    ["(a{99}){99}", "a counted repetition of a group is not supported"],
    ["a".repeat(513), "it is longer than 512 characters"],
  ])("%s", (expression, problem) => {
    expect(re2Problem(expression)).toBe(problem);
  });
});

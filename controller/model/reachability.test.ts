import { describe, expect, test } from "vitest";
import { Findings } from "./findings.ts";
import { checkReachability, type RuleMatch } from "./reachability.ts";
import { pattern } from "./test-paths.ts";

function findingsOf(rules: readonly [path: string, ...methods: RuleMatch["methods"]][]): Findings {
  const findings = new Findings();
  const matches = rules.map(([path, ...methods], index) => ({
    index,
    path,
    pattern: pattern(path),
    methods,
  }));
  checkReachability(matches, findings);
  return findings;
}

describe("paths in order, all with method GET, and how many of them can never match", () => {
  test.each([
    [["/{**}"], 0],
    [["/abc/{**}"], 0],
    [["/abc", "/abc/{**}"], 0],
    [["/abc", "/abc/{*}"], 0],
    [["/abc/", "/abc/{*}"], 0],
    [["/abc/", "/abc/{**}"], 0],
    [["/abc/def/ghi", "/abc/{*}/ghi"], 0],
    [["/abc/def", "/abc/def/ghi", "/abc/def/ghi", "/abc/def"], 2],
    [["/abc/def", "/abc/def/ghi", "/abc/{**}/ghi", "/abc/{**}", "/{**}/ghi", "/{**}", "/{**}/def/ghi"], 1],
    [["/{**}", "/{**}/def/ghi"], 1],
    [["/abc/{**}/ghi", "/{*}/{*}/ghi"], 0],
    [["/abc/{**}/ghi", "/abc/{*}/ghi"], 1],
    [["/abc/{**}/def/ghi", "/abc/{**}/ghi", "/abc/{**}"], 0],
    [["/abc/{**}", "/abc/{**}/ghi", "/abc/{**}/def/ghi"], 2],
    [["/abc/def", "/abc/def/ghi", "/abc/def/foo", "/def/ghi"], 0],
    [["/abc/{*}/def", "/abc/{*}/ghi", "/abc/{*}/foo/bar", "/abc/{*}"], 0],
    [["/abc/{**}/def", "/abc/{**}/ghi", "/abc/{**}/foo/bar"], 0],
    [["/abc/{*}", "/abc/def"], 1],
    [["/abc/{**}", "/abc/def"], 1],
    [["/abc/def", "/abc/{*}"], 0],
    [["/abc/{**}", "/bca/{**}/abc"], 0],
    [["/abc/{**}/def", "/abc/def/{**}/def"], 1],
    [["/a/{**}/abc", "/a/b/{**}/abc/abcd"], 0],
    [
      [
        "/anything/one",
        "/anything/one/two",
        "/anything/{*}/one",
        "/anything/{*}/one/{**}/two",
        "/anything/{*}/{*}/two",
        "/anything/{**}/two",
        "/anything/",
        "/anything/{**}",
        "/one/{**}/two",
        "/{**}/one",
        "/*",
      ],
      0,
    ],
  ])("%j: %i", (paths, unreachable) => {
    const findings = findingsOf(paths.map((path) => [path, "GET"]));
    expect(findings.problems).toHaveLength(unreachable);
  });
});

describe("rules that cover another together", () => {
  const together = (by: string) =>
    `conflicts with at least one of the previous rule paths: it can never match, because it is covered by ${by}`;

  test("are all named, and only they", () => {
    const { problems } = findingsOf([
      ["/x", "GET"],
      ["/", "GET"],
      ["/{*}", "GET"],
      ["/{*}/{**}", "GET"],
      ["//{**}", "GET"],
      ["/{**}", "GET"],
    ]);
    expect(problems).toEqual([
      {
        path: ".spec.rules[5]",
        message: `Path /{**} with method GET ${together(
          [1, 2, 3, 4]
            .map((rule) => `.spec.rules[${rule}] with path ${["/", "/{*}", "/{*}/{**}", "//{**}"][rule - 1]}`)
            .join(" and "),
        )}`,
      },
    ]);
  });

  test("may do so for each method in another way", () => {
    const { problems } = findingsOf([
      ["/a/{*}", "GET"],
      ["/{*}/b", "PUT"],
      ["/a/b", "GET", "PUT"],
    ]);
    expect(problems.map(({ message }) => message)).toEqual([
      `Path /a/b with method GET, PUT ${together(
        ".spec.rules[0] with path /a/{*} and .spec.rules[1] with path /{*}/b",
      )}`,
    ]);
  });
});

test("of a thousand rules the one that can never match is found", () => {
  const rules = Array.from({ length: 1_000 }, (_, index): [string, "GET"] => [
    [`/v1/${index}/{*}`, `/{*}/${index}/items/{**}`, `/v1/{**}/${index}`][index % 3] ?? "",
    "GET",
  ]);
  const { problems } = findingsOf([...rules, ["/v1/999/x", "GET"], ["/{**}", "GET"]]);
  expect(problems.map(({ path }) => path)).toEqual([".spec.rules[1000]"]);
});

test("another method keeps a rule reachable, and the taken one is a warning", () => {
  const { problems, warnings } = findingsOf([
    ["/a/{**}", "GET"],
    ["/a/b", "GET", "POST"],
  ]);
  expect(problems).toEqual([]);
  expect(warnings).toEqual([
    {
      path: ".spec.rules[1]",
      message:
        "Path /a/b with method GET conflicts with at least one of the previous rule paths: with GET it never matches, " +
        "because it is covered by .spec.rules[0] with path /a/{**}",
    },
  ]);
});

test("the message names both rules", () => {
  const { problems } = findingsOf([
    ["/x", "GET"],
    ["/a/{**}", "GET", "PUT"],
    ["/a/b", "GET"],
  ]);
  expect(problems).toEqual([
    {
      path: ".spec.rules[2]",
      message:
        "Path /a/b with method GET conflicts with at least one of the previous rule paths: it can never match, because " +
        "it is covered by .spec.rules[1] with path /a/{**}",
    },
  ]);
});

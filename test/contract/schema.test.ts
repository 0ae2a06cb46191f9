import { readdirSync, readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { readPluginConfig } from "../../controller/api/packed-config.ts";

const FIXTURES = new URL("./fixtures/", import.meta.url);

function fixtures(verdict: "valid" | "invalid"): { name: string; text: string }[] {
  const folder = new URL(`${verdict}/`, FIXTURES);
  return readdirSync(folder)
    .sort()
    .map((name) => ({ name, text: readFileSync(new URL(name, folder), "utf8") }));
}

/** Paths of the problems, or undefined where the text is no JSON at all. */
function problemPaths(text: string): string[] | undefined {
  let document: unknown;
  try {
    document = JSON.parse(text);
  } catch {
    return undefined;
  }
  return readPluginConfig(document).problems.map(({ path }) => path);
}

test.each(fixtures("valid"))("accepts $name", ({ text }) => {
  expect(problemPaths(text)).toEqual([]);
});

test.each(fixtures("invalid"))("refuses $name", ({ name, text }) => {
  const paths = problemPaths(text);
  expect(paths === undefined).toBe(name.startsWith("text-"));
  expect(paths).not.toEqual([]);
});

test("says where the fault is", () => {
  const text = readFileSync(new URL("invalid/policy-names-unknown-provider.json", FIXTURES), "utf8");
  expect(problemPaths(text)).toEqual(["/policies/1/providers/1"]);
});

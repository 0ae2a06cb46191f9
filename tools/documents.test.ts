/** The Markdown pages keep what they promise: their links lead somewhere, and their APIRules are accepted. */
import { existsSync, readFileSync } from "node:fs";
import { readdir } from "node:fs/promises";
import { dirname, join } from "node:path";
import { expect, test } from "vitest";
import { parse } from "yaml";
import type { KubernetesObject } from "../controller/api/resources.ts";
import { apiRule } from "../controller/model/test-resources.ts";
import { translate } from "../controller/model/translate.ts";

const PAGES = await markdownIn(".", "docs", "deploy");
const LINKS = PAGES.flatMap((page) =>
  [
    ...readFileSync(page, "utf8")
      .replace(/`[^`\n]*`/g, "")
      .matchAll(/\]\(([^)\s]+)\)/g),
  ]
    .map(([, target = ""]) => [page, target] as const)
    .filter(([, target]) => !/^https?:/.test(target)),
);
const RULES = PAGES.flatMap((page) =>
  [...readFileSync(page, "utf8").matchAll(/```yaml\n([\s\S]*?)```/g)]
    .map(([, yaml = ""], index) => [`${page}, block ${index + 1}`, parseBlock(yaml)] as const)
    .filter(([, block]) => block.kind === "APIRule" || block.rules !== undefined),
);

async function markdownIn(...folders: string[]): Promise<string[]> {
  const names = await Promise.all(
    folders.map(async (folder) => (await readdir(folder)).map((name) => join(folder, name))),
  );
  return names.flat().filter((name) => name.endsWith(".md"));
}

/** The members of a block; a block that is no mapping, or holds a key twice, has none. */
function parseBlock(yaml: string): Record<string, unknown> {
  return { ...(parse(yaml, { uniqueKeys: false }) as object) };
}

/** As GitHub makes it of a heading. */
function anchorsOf(page: string): string[] {
  return [...readFileSync(page, "utf8").matchAll(/^#+ (.*)$/gm)].map(([, heading = ""]) =>
    heading
      .toLowerCase()
      .replace(/[^\w\- ]/g, "")
      .replaceAll(" ", "-"),
  );
}

test.each(LINKS)("%s: %s leads somewhere", (page, target) => {
  const [path = "", anchor] = target.split("#");
  const file = path === "" ? page : join(dirname(page), path);
  expect(existsSync(file), file).toBe(true);
  if (anchor !== undefined) expect(anchorsOf(file)).toContain(anchor);
});

test("there are rules in the pages", () => expect(RULES.length).toBeGreaterThan(4));

test.each(RULES)("%s is accepted", (_, block) => {
  const rule =
    block.kind === "APIRule"
      ? (block as unknown as KubernetesObject)
      : apiRule("page", { rules: block.rules });
  const [result] = translate({ apiRules: [rule] }).results;
  expect(result?.problems).toEqual([]);
});

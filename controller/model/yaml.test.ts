import { describe, expect, test } from "vitest";
import { YAML_REFUSED, YAML_VALUES } from "../../test/support/yaml-values.ts";
import { parseYaml, parseYamlDocuments } from "./yaml.ts";

describe("YAML as kubectl reads it", () => {
  test.each(YAML_VALUES)("%s", (text, value) => {
    expect(parseYaml(`value: ${text}\n`)).toEqual({ value });
  });

  test.each(YAML_REFUSED)("%s is refused", (text) => {
    expect(() => parseYaml(`value: ${text}\n`)).toThrow();
  });

  test("documents that cannot be read are told with what is wrong, and others are read", () => {
    const text = "a: yes\n---\nb: 1\nb: 2\n---\nc:\n  d: .inf\n---\n# nothing\n---\n- <<: {e: 1}\n";
    expect(parseYamlDocuments(text)).toEqual([
      { line: 1, value: { a: true } },
      { line: 4, error: "Map keys must be unique" },
      { line: 6, error: "a number must be finite, but is .inf" },
      { line: expect.any(Number), value: null },
      { line: 11, value: [{ e: 1 }] },
    ]);
  });

  test("no text is no document, and the first of several is the value", () => {
    expect(parseYaml("")).toBeNull();
    expect(parseYaml("a: 1\n---\nb: 1\n")).toEqual({ a: 1 });
  });

  test.each([
    ["values", (name: string) => `[${`*${name},`.repeat(9)}]`],
    ["merges", (name: string) => `{<<: [${`*${name},`.repeat(9)}]}`],
  ])("few %s that stand for too many are refused", (_, level) => {
    const levels = Array.from({ length: 12 }, (_, n) => `a${n + 1}: &a${n + 1} ${level(`a${n}`)}`);
    expect(() => parseYaml(`a0: &a0 {b: 1}\n${levels.join("\n")}\n`)).toThrow("aliases");
  });
});

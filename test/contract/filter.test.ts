import { readdirSync, readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { WasmHost } from "../filter/wasm-host.ts";

const fixtures = new URL("./fixtures/", import.meta.url);

function fixturesIn(folder: "valid" | "invalid"): { name: string; text: string }[] {
  const names = readdirSync(new URL(`${folder}/`, fixtures)).sort();
  return names.map((name) => ({ name, text: readFileSync(new URL(`${folder}/${name}`, fixtures), "utf8") }));
}

describe("the filter judges configurations as the schema does", () => {
  test.each(fixturesIn("valid"))("accepts $name", ({ text }) => {
    const host = new WasmHost();
    expect(host.configure(text), host.log.join("\n")).toBe(true);
    expect(host.metric("tollgate.config.revision")).toBe(BigInt(`0x${JSON.parse(text).revision}`));
  });

  test.each(fixturesIn("invalid"))("refuses $name", ({ text }) => {
    const host = new WasmHost();
    expect(host.configure(text)).toBe(false);
    expect(host.log).toEqual([expect.stringMatching(/^tollgate: configuration refused: \/\S*: [a-z]/)]);
    expect(host.metric("tollgate.config.refused")).toBe(1n);
  });
});

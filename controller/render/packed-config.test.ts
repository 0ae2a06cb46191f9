import { createHash } from "node:crypto";
import { expect, test } from "vitest";
import { readPluginConfig } from "../api/packed-config.ts";
import type { PluginConfig } from "../api/plugin-config.ts";
import { ConfigPacker } from "./packed-config.ts";
import { renderPluginConfig } from "./plugin-config.ts";

function configOf(scopes: readonly string[]): PluginConfig {
  const policies = scopes.map((scope) => ({
    id: createHash("sha256").update(scope).digest("hex").slice(0, 24),
    kind: "jwt" as const,
    providers: ["b".repeat(24)],
    authorizations: [{ scopes: [scope], audiences: [] }],
    passCorsPreflight: false,
    refuseAmbiguousPath: false,
  }));
  const source = { id: "a".repeat(24) };
  const provider = {
    issuer: "https://issuer.example/ü",
    keySource: source.id,
    algorithms: ["RS256" as const],
  };
  return renderPluginConfig(
    { policies, providers: [{ id: "b".repeat(24), ...provider }], keySources: [source] },
    new Map(),
  );
}

const SCOPES = Array.from({ length: 6_000 }, (_, index) => `scope-${index}`);
const LARGE = configOf(SCOPES);

test("a small configuration is left as it is", () => {
  const small = configOf(SCOPES.slice(0, 10));
  expect(new ConfigPacker().pack(small)).toBe(small);
});

test("a large configuration becomes small, and is read back whole", () => {
  const packed = new ConfigPacker().pack(LARGE);
  expect(Object.keys(packed)).toEqual(["version", "revision", "inflatedBytes", "deflate"]);
  expect(JSON.stringify(packed).length).toBeLessThan(JSON.stringify(LARGE).length / 5);
  expect(readPluginConfig(packed)).toEqual({ config: LARGE, problems: [] });
});

test("the bytes depend on the configuration alone, whatever was packed before", () => {
  const packer = new ConfigPacker();
  packer.pack(configOf(["other", ...SCOPES]));
  packer.pack(configOf(SCOPES.slice(100)));
  expect(packer.pack(LARGE)).toEqual(new ConfigPacker().pack(LARGE));
});

test("one more policy changes few of the parts", () => {
  const parts = [LARGE, configOf([...SCOPES, "one-more"])].map((config) => {
    const packed = new ConfigPacker().pack(config);
    return "deflate" in packed ? packed.deflate : [];
  });
  const [before = [], after = []] = parts;
  expect(before.length).toBeGreaterThan(10);
  expect(after.filter((part) => !before.includes(part)).length).toBeLessThanOrEqual(2);
});

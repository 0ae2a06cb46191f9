/** Configurations, with the schema of the contract as the oracle. */
import { readdirSync, readFileSync } from "node:fs";
import { deflateRawSync, inflateRawSync } from "node:zlib";
import { LIMITS } from "../../../controller/api/limits.ts";
import { readPluginConfig } from "../../../controller/api/packed-config.ts";
import type { PluginConfig } from "../../../controller/api/plugin-config.ts";
import type { WasmHost } from "../../filter/wasm-host.ts";
import { type Latin1, mutateJson, mutateText, writeJson } from "../mutate.ts";
import type { Random } from "../random.ts";
import { target } from "../target.ts";
import { countMembers, depthOf, hasWellFormedStrings, isUtf8, namesIn } from "../token-sample.ts";

const FIXTURES = new URL("../../contract/fixtures/", import.meta.url);

function fixtures(): Latin1[] {
  return ["valid", "invalid"].flatMap((folder) => {
    const names = readdirSync(new URL(`${folder}/`, FIXTURES)).sort();
    return names.map((name) => readFileSync(new URL(`${folder}/${name}`, FIXTURES), "latin1"));
  });
}

/** Names and values of all fixtures: what has a meaning in a configuration. */
const WORDS = [
  ...new Set(
    fixtures().flatMap((text) => [...text.matchAll(/"([^"\\]{1,40})"/g)].map(([, word = ""]) => word)),
  ),
];

/** A number with more characters than the filter reads without an error. */
const LONG_NUMBER = /[:,[\s][-\d][-+.\deE]{15,}/;

/** What a text says, also inside of the packed form, as a lenient reader takes it. */
interface Reading {
  document: unknown;
  texts: Buffer[];
}

function readLeniently(bytes: Buffer): Reading | undefined {
  const document = parse(bytes);
  if (document === undefined) return undefined;
  const content = unpack(document);
  const inner = content && parse(content);
  return inner === undefined
    ? { document, texts: [bytes] }
    : { document: inner, texts: [bytes, content as Buffer] };
}

function parse(bytes: Buffer): unknown {
  try {
    return JSON.parse(bytes.toString());
  } catch {
    return undefined;
  }
}

/** The document in a packed one. */
function unpack(document: unknown): Buffer | undefined {
  const { deflate } = (document ?? {}) as { deflate?: unknown };
  if (!Array.isArray(deflate)) return undefined;
  try {
    return Buffer.concat(deflate.map((part) => inflateRawSync(Buffer.from(`${part}`, "base64url"))));
  } catch {
    return undefined;
  }
}

/** A packed document with another content. */
function repack(document: object, content: string): object {
  const deflate = [deflateRawSync(content).toString("base64url")];
  return { ...document, inflatedBytes: Buffer.byteLength(content), deflate };
}

/** Whether the filter may refuse a text for what JSON.parse does not say about it. */
function isStrange(bytes: Buffer): boolean {
  const text = bytes.toString();
  const document = parse(bytes);
  if (!isUtf8(bytes) || !hasWellFormedStrings(text) || LONG_NUMBER.test(text)) return true;
  return namesIn(text) > countMembers(document) || depthOf(document) > LIMITS.maxJsonDepth;
}

function mutateDocument(document: unknown, random: Random): string {
  const content = unpack(document);
  if (content === undefined || random.oneIn(3)) return writeJson(mutateJson(document, random, WORDS), random);
  const inner = writeJson(mutateJson(parse(content), random, WORDS), random);
  return JSON.stringify(repack(document as object, inner));
}

export const config = target<Latin1>({
  name: "config",
  seeds: fixtures,
  mutate(input, random) {
    const document = parse(Buffer.from(input, "latin1"));
    if (document === undefined || random.oneIn(4)) return mutateText(input, random, WORDS);
    return Buffer.from(mutateDocument(document, random)).toString("latin1");
  },
  start(makeHost) {
    const host = makeHost();
    return (input) => {
      const bytes = Buffer.from(input, "latin1");
      const accepted = host.configureText(bytes);
      const { document, texts } = readLeniently(bytes) ?? { document: undefined, texts: [] };
      if (accepted) sendToEveryPolicy(host, document as PluginConfig);
      const { problems } = readPluginConfig(parse(bytes));
      if (accepted === (problems.length === 0) || (!accepted && texts.some(isStrange))) return { accepted };
      return { accepted, problem: `the schema says: ${problems[0]?.message ?? "right"}, ${host.log.at(-1)}` };
    };
  },
});

/** A token that no policy accepts meets them all. Only an open policy and one in shadow mode let it pass. */
function sendToEveryPolicy(host: WasmHost, { policies }: PluginConfig): void {
  for (const policy of policies.slice(0, 8)) {
    const route = `tollgate/${policy.id}/default/fuzz/0`;
    const headers = { authorization: "Bearer e30.e30.AAAA", ":path": "/a?access_token=e30.e30.AAAA" };
    const stream = host.send({ route, headers });
    const enforces = policy.kind === "jwt" && policy.shadow !== true;
    if (enforces && stream.passed) throw new Error(`policy ${policy.id} lets a bad token pass`);
    host.close(stream);
  }
}

/**
 * YAML as kubectl reads it: as YAML 1.1, on its way to JSON. `yes` is a boolean, `0644` is octal and `<<` merges; a
 * timestamp and `22:22` are strings.
 */
import {
  isAlias,
  isMap,
  isScalar,
  isSeq,
  LineCounter,
  type ParseOptions,
  parseAllDocuments,
  type Scalar,
  type SchemaOptions,
  type YAMLMap,
} from "yaml";
import { messageOf } from "../errors.ts";

/** A document with its value, or the first thing that is wrong with it. */
export type YamlDocument = {
  /** From 1: of the error, or where the document begins. */
  line: number;
} & ({ value: unknown } | { error: string });

/** Every scalar comes as the text that it is; what it means is decided here. */
const AS_TEXT: ParseOptions & SchemaOptions = {
  schema: "failsafe",
  resolveKnownTags: false,
};

/**
 * Reads all documents of a text. Of two equal keys of one object the second is an error, unless both are `<<`; kubectl
 * forgets the first.
 */
export function parseYamlDocuments(text: string): YamlDocument[] {
  const lineCounter = new LineCounter();
  const lineAt = (offset: number) => lineCounter.linePos(offset).line;
  const options = { ...AS_TEXT, lineCounter, prettyErrors: false, uniqueKeys: areEqualKeys };
  return parseAllDocuments(text, options).map(({ errors: [error], contents, range }) => {
    if (error !== undefined) return { line: lineAt(error.pos[0]), error: error.message };
    const line = lineAt(contents?.range?.[0] ?? range[0]);
    try {
      return { line, value: new ValueReader().read(contents) };
    } catch (error) {
      return { line, error: messageOf(error) };
    }
  });
}

/** The value of the first document of a text, null where there is none. Throws Error when it cannot be read. */
export function parseYaml(text: string): unknown {
  const [document = { value: null }] = parseYamlDocuments(text);
  if ("error" in document) throw new Error(document.error);
  return document.value;
}

function areEqualKeys(one: unknown, other: unknown): boolean {
  return isScalar(one) && isScalar(other) && one.value === other.value && !isMergeKey(one);
}

function isMergeKey(key: unknown): boolean {
  return isScalar(key) && key.type === "PLAIN" && key.value === "<<";
}

/** Values that the aliases of a document may stand for, so that no small text becomes a huge value. */
const MAX_ALIASED = 1_000_000;

/** Reads the value of one document. */
class ValueReader {
  readonly #anchored = new Map<string, { value: unknown; size: number }>();
  #size = 0;
  #aliased = 0;

  /** Throws Error for what JSON cannot hold, and for an alias of nothing. */
  read(node: unknown): unknown {
    if (isAlias(node)) return this.#readAlias(node.source);
    const before = this.#size++;
    const value = this.#readContent(node);
    const size = this.#size - before;
    if ((isScalar(node) || isMap(node) || isSeq(node)) && node.anchor !== undefined)
      this.#anchored.set(node.anchor, { value, size });
    return value;
  }

  #readContent(node: unknown): unknown {
    if (isMap(node)) return this.#readMap(node);
    if (isSeq(node)) return node.items.map((item) => this.read(item));
    return isScalar(node) ? readScalar(node) : null;
  }

  #readAlias(name: string): unknown {
    const anchored = this.#anchored.get(name);
    if (anchored === undefined)
      throw new Error(`Unresolved alias (the anchor must be set before the alias): ${name}`);
    this.#size += anchored.size;
    this.#aliased += anchored.size;
    if (this.#aliased > MAX_ALIASED)
      throw new Error(`the aliases of a document must not stand for more than ${MAX_ALIASED} values`);
    return anchored.value;
  }

  /** What is merged replaces what stands before it, and is replaced by what stands behind it. */
  #readMap({ items }: YAMLMap): object {
    const members = new Map<string, unknown>();
    for (const { key, value } of items) {
      if (!isMergeKey(key)) members.set(nameOf(this.read(key)), this.read(value));
      else for (const [name, member] of this.#merged(value)) members.set(name, member);
    }
    return Object.fromEntries(members);
  }

  /** Of several objects the first has the last word. */
  #merged(node: unknown): [string, unknown][] {
    const sources = isSeq(node) ? node.items.map((item) => this.read(item)).reverse() : [this.read(node)];
    return sources.flatMap((source) => {
      if (typeof source === "object" && source !== null && !Array.isArray(source))
        return Object.entries(source);
      throw new Error("<< must be set to an object or a list of objects");
    });
  }
}

function nameOf(key: unknown): string {
  if (key === null || typeof key === "object") throw new Error("a key must be a string");
  return String(key);
}

/** Tags whose values are read as if they stood there without quotes. Others change nothing about a text. */
const RESOLVED_TAGS = ["null", "bool", "int", "float"].map((name) => `tag:yaml.org,2002:${name}`);

function readScalar({ tag, type, value }: Scalar): unknown {
  const isResolved = tag === undefined ? type === "PLAIN" : RESOLVED_TAGS.includes(tag);
  return isResolved ? plainValue(String(value)) : value;
}

const NULL = /^(?:|~|null|Null|NULL)$/;
const TRUE = /^(?:y|Y|yes|Yes|YES|true|True|TRUE|on|On|ON)$/;
const FALSE = /^(?:n|N|no|No|NO|false|False|FALSE|off|Off|OFF)$/;
const NOT_FINITE = /^(?:[-+]?\.(?:inf|Inf|INF)|\.(?:nan|NaN|NAN))$/;

function plainValue(text: string): unknown {
  if (NULL.test(text)) return null;
  if (TRUE.test(text)) return true;
  if (FALSE.test(text)) return false;
  if (NOT_FINITE.test(text)) throw new Error(`a number must be finite, but is ${text}`);
  return numberIn(text) ?? text;
}

const IN_ANOTHER_BASE = /^([-+]?)0(?:([xX][\da-fA-F]+|[bB][01]+)|[oO]?([0-7]+))$/;
const DECIMAL = /^[-+]?(?:\d+(?:\.\d*)?|\.\d+)(?:[eE][-+]?\d+)?$/;

/** The number that a text is; undefined: it is none, or one that is too large. */
function numberIn(text: string): number | undefined {
  const digits = text.startsWith(".") ? text : text.replace(/(?<!^)_/g, "");
  const [, sign, prefixed, octal] = IN_ANOTHER_BASE.exec(digits) ?? [];
  if (sign !== undefined) return Number(`0${prefixed ?? `o${octal}`}`) * (sign === "-" ? -1 : 1);
  const value = DECIMAL.test(digits) ? Number(digits) : Number.NaN;
  return Number.isFinite(value) ? value : undefined;
}

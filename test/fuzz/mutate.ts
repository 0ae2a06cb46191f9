/** Changes inputs a little: as bytes, or as JSON values whose form stays right. */
import type { Random } from "./random.ts";

/** Texts are Latin-1: a character is a byte, so that every sequence of bytes can be written down as JSON. */
export type Latin1 = string;

const BYTES = [
  0x00, 0x09, 0x0a, 0x20, 0x22, 0x2c, 0x2e, 0x2f, 0x3d, 0x5c, 0x7f, 0x80, 0xc0, 0xed, 0xef, 0xff,
];
const LONGEST = 20_000;

type Change = (text: Latin1, at: number, random: Random, words: readonly string[]) => Latin1;

const put = (text: Latin1, at: number, length: number, content: Latin1) =>
  text.slice(0, at) + content + text.slice(at + length);
const byte = (code: number) => String.fromCharCode(code & 0xff);

const CHANGES: readonly Change[] = [
  (text, at, random) => put(text, at, 1, byte(text.charCodeAt(at) ^ (1 << random.below(8)))),
  (text, at, random) => put(text, at, 1, byte(random.pick(BYTES))),
  (text, at, random) => put(text, at, 1, byte(random.below(256))),
  (text, at, random) => put(text, at, 0, byte(random.pick(BYTES))),
  (text, at, random) => put(text, at, random.size(32) + 1, ""),
  (text, at, random) => put(text, at, 0, text.slice(at, at + random.size(64) + 1)),
  (text, at, random) => put(text, at, 0, text.slice(at, at + random.size(8) + 1).repeat(random.size(2_000))),
  (text, at, random, words) => put(text, at, 0, random.pick(words)),
  (text, at, random, words) => put(text, at, random.size(8), random.pick(words)),
  (text, at) => text.slice(0, at),
];

/** One to a few changes somewhere in a text; `words` are put in whole. */
export function mutateText(text: Latin1, random: Random, words: readonly string[]): Latin1 {
  let changed = text;
  for (let count = 1 + random.size(4); count > 0; count--) {
    const at = random.oneIn(3) ? random.below(changed.length + 1) : random.size(changed.length + 1);
    changed = random.pick(CHANGES)(changed, at, random, words).slice(0, LONGEST);
  }
  return changed;
}

/** What stands in JSON documents beside strings from `words`. */
const SCALARS = [
  ...[null, true, false, 0, -0, 1, -1, 0.5, 1e-7, 1e21, 2 ** 31, 2 ** 32, 2 ** 53, 2 ** 63, 1.7e308],
  ...["", " ", "0", "\0", "\ufeff", "\ud800", "é", "😀", "a b", "\\", '"'],
];

/** A value with one part of it replaced, removed, doubled, renamed or wrapped. */
export function mutateJson(value: unknown, random: Random, words: readonly string[]): unknown {
  if (typeof value !== "object" || value === null || random.oneIn(12))
    return replacement(value, random, words);
  const entries = Object.entries(value);
  const at = random.below(entries.length + 1);
  const [name, member] = entries[at] ?? [];
  if (name === undefined || random.oneIn(8)) {
    const added = [random.pick(words), replacement(entries[0]?.[1], random, words)] as const;
    return rebuilt(value, [...entries.slice(0, at), added, ...entries.slice(at)]);
  }
  if (random.oneIn(8)) return rebuilt(value, entries.toSpliced(at, 1));
  if (random.oneIn(12)) return rebuilt(value, entries.with(at, [random.pick(words), member]));
  return rebuilt(value, entries.with(at, [name, mutateJson(member, random, words)]));
}

function rebuilt(value: object, entries: readonly (readonly [string, unknown])[]): unknown {
  return Array.isArray(value) ? entries.map(([, member]) => member) : Object.fromEntries(entries);
}

function replacement(value: unknown, random: Random, words: readonly string[]): unknown {
  if (random.oneIn(6)) return [value];
  if (random.oneIn(12)) return { [random.pick(words)]: value };
  if (random.oneIn(40)) return nested(value, random.size(40));
  if (random.oneIn(40)) return Array.from({ length: random.size(700) }, () => value);
  if (typeof value === "number" && random.oneIn(2)) return value + random.below(5) - 2;
  if (typeof value === "string" && random.oneIn(3)) return mutateText(value, random, words);
  return random.oneIn(2) ? random.pick(words) : random.pick(SCALARS);
}

function nested(value: unknown, depth: number): unknown {
  return depth === 0 ? value : [nested(value, depth - 1)];
}

/** A value as text, now and then with white space, escaped characters or a member twice. */
export function writeJson(value: unknown, random: Random): string {
  let text = JSON.stringify(value, null, random.oneIn(8) ? random.below(3) : 0) ?? "";
  if (random.oneIn(8))
    text = text.replace(/[a-z]/g, (letter) => (random.oneIn(8) ? escaped(letter) : letter));
  if (random.oneIn(20)) text = text.replace(/^\{(.+)\}$/s, "{$1,$1}");
  if (random.oneIn(20))
    text = text.replace(/(?<=[:,[])\d+/, (digits) => `${digits}${random.pick(NUMBER_TAILS)}`);
  return text;
}

const NUMBER_TAILS = [
  ".0",
  ".5",
  "e0",
  "e3",
  "e-3",
  "E+2",
  ".9999999999999999",
  "e400",
  "e-400",
  ".",
  "e",
  "f",
];

function escaped(letter: string): string {
  return `\\u${letter.charCodeAt(0).toString(16).padStart(4, "0")}`;
}

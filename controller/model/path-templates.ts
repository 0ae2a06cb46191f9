/** Patterns of paths as Istio's AuthorizationPolicy writes them. */
import type { PathPattern, Segment } from "./paths.ts";

/** At most so many spellings of one path are written out. */
const MAX_SPELLINGS = 16;

/**
 * The pattern as exact paths, prefixes that end in `*`, or templates with `{*}` and `{**}`. Characters that clients may
 * encode or not give several; of more than 16 spellings the others are left out.
 */
export function pathTemplates({ segments }: PathPattern): string[] {
  const isPrefix = segments.at(-1)?.kind === "rest" && segments.every(({ kind }) => kind !== "one");
  const written = isPrefix ? segments.slice(0, -1) : segments;
  const texts = written.reduce(
    (paths: string[], segment) =>
      spellingsOf(segment)
        .flatMap((text) => paths.map((path) => `${path}/${text}`))
        .slice(0, MAX_SPELLINGS),
    [""],
  );
  return isPrefix ? texts.map((text) => `${text}/*`) : texts;
}

function spellingsOf(segment: Segment): string[] {
  if (segment.kind === "one") return ["{*}"];
  if (segment.kind === "rest") return ["{**}"];
  const parts = segment.text.match(/%[0-9A-F]{2}|[^%]/g) ?? [];
  return parts.reduce(
    (texts: string[], part) =>
      spellingsOfPart(part)
        .flatMap((spelling) => texts.map((text) => text + spelling))
        .slice(0, MAX_SPELLINGS),
    [""],
  );
}

/** A character, encoded or not, or an encoded byte. A plain `*` would be an operator. */
function spellingsOfPart(part: string): string[] {
  if (/^[A-Za-z0-9\-._~]$/.test(part)) return [part];
  if (part.length > 1) return inBothCases(part);
  const encoded = inBothCases(`%${part.charCodeAt(0).toString(16).toUpperCase()}`);
  return part === "*" ? encoded : [part, ...encoded];
}

function inBothCases(encoded: string): string[] {
  return [...new Set([encoded, encoded.toLowerCase()])];
}

/** Patterns of paths as Istio's AuthorizationPolicy writes them, and whether two of them have a path in common. */
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

/** Whether some path is matched by both patterns. Exact. */
export function overlap(a: PathPattern, b: PathPattern): boolean {
  const [aHead, aTail] = splitAtRest(a.segments);
  const [bHead, bTail] = splitAtRest(b.segments);
  if (aTail === undefined && bTail === undefined) {
    return aHead.length === bHead.length && allMeet(aHead, bHead);
  }
  if (aTail === undefined) return overlap(b, a);
  const longest = bTail === undefined ? bHead.length : Number.POSITIVE_INFINITY;
  if (aHead.length + aTail.length + 1 > longest) return false;
  return allMeet(aHead, bHead) && allMeet(aTail.toReversed(), (bTail ?? bHead).toReversed());
}

function splitAtRest(segments: readonly Segment[]): [Segment[], Segment[]?] {
  const rest = segments.findIndex(({ kind }) => kind === "rest");
  return rest < 0 ? [[...segments]] : [segments.slice(0, rest), segments.slice(rest + 1)];
}

/** Whether the segments that both lists have can be equal, one by one. */
function allMeet(a: readonly Segment[], b: readonly Segment[]): boolean {
  return a.every((segment, index) => {
    const other = b[index];
    return other === undefined || meet(segment, other);
  });
}

function meet(a: Segment, b: Segment): boolean {
  if (a.kind === "literal" && b.kind === "literal") return a.text === b.text;
  return [a, b].every((segment) => segment.kind !== "literal" || segment.text !== "");
}

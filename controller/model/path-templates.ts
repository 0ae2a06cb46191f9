/** Patterns of paths as Istio's AuthorizationPolicy writes them. */
import type { PathPattern, Segment } from "./paths.ts";

/** Longest template that Envoy takes (`UriTemplateMatchConfig.path_template`), with `*` and `**` for the operators. */
const MAX_TEMPLATE = 256;

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

/**
 * Why no AuthorizationPolicy can match the pattern; undefined: one can. Envoy refuses a whole listener because of one
 * template that it does not take.
 */
export function templateProblem(pattern: PathPattern): string | undefined {
  const templates = pathTemplates(pattern).filter((text) => text.includes("{*"));
  if (templates.length === 0) return undefined;
  if (pattern.segments.slice(0, -1).some((segment) => segment.kind === "literal" && segment.text === ""))
    return "an empty segment beside an operator";
  const longest = Math.max(...templates.map((text) => text.replace(/\{(\*\*?)\}/g, "$1").length));
  if (longest <= MAX_TEMPLATE) return undefined;
  return `${longest} characters, which with an operator may be at most ${MAX_TEMPLATE}`;
}

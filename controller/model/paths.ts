/** Paths of rules: how they are matched, and which of them cover others. */
import type { PathMatch } from "./exposure.ts";

/** One segment of a path: `one` is `{*}` (not empty), `rest` is `{**}` (one or more segments of any content). */
export type Segment = { kind: "literal"; text: string } | { kind: "one" } | { kind: "rest" };

/** A parsed path: its segments, split at the slashes after the first. At most one is `rest`. */
export interface PathPattern {
  segments: readonly Segment[];
}

/** What a path is, or why it is refused. */
export type ParsedPath = { pattern: PathPattern } | { problem: string };

/** Reads a path that the schema accepts. */
export function parsePath(path: string): ParsedPath {
  if (path === "/*") return { pattern: { segments: [{ kind: "rest" }] } };
  const segments = path.split("/").slice(1).map(parseSegment);
  const operators = segments.filter(({ kind }) => kind !== "literal");
  if (operators.filter(({ kind }) => kind === "rest").length > 1) {
    return { problem: "Only one {**} operator is allowed in the path." };
  }
  const rest = operators.findIndex(({ kind }) => kind === "rest");
  if (rest >= 0 && rest < operators.length - 1) {
    return { problem: "The {**} operator must be the last operator in the path." };
  }
  return { pattern: { segments } };
}

function parseSegment(text: string): Segment {
  if (text === "{*}") return { kind: "one" };
  if (text === "{**}") return { kind: "rest" };
  return { kind: "literal", text: text.replace(ENCODED, canonicalEncoding) };
}

const ENCODED = /%([0-9a-fA-F]{2})/g;

/** A character of a segment that may stand encoded or not (RFC 3986, section 3.3), in one spelling of the two. */
function canonicalEncoding(encoded: string, digits: string): string {
  const character = String.fromCharCode(Number.parseInt(digits, 16));
  return /[A-Za-z0-9\-._~!$&'()*+,;=:@]/.test(character) ? character : encoded.toUpperCase();
}

/**
 * The cheapest match that says the same: a prefix where `{**}` follows literals and ends the path. Literals with
 * characters that clients may encode or not are matched in every spelling, because a workload decodes them all alike.
 */
export function pathMatch({ segments }: PathPattern): PathMatch {
  const operator = segments.findIndex(({ kind }) => kind !== "literal");
  const hasOneSpelling = segments.every((segment) => segment.kind !== "literal" || isPlain(segment.text));
  if (hasOneSpelling && operator < 0) return { kind: "exact", value: joined(segments) };
  if (hasOneSpelling && segments[operator]?.kind === "rest" && operator === segments.length - 1) {
    return { kind: "prefix", value: `${joined(segments.slice(0, operator))}/` };
  }
  return { kind: "regex", value: `^${segments.map((segment) => `/${expression(segment)}`).join("")}$` };
}

/** Whether a text has only unreserved characters (RFC 3986, section 2.3), which routers decode. */
function isPlain(text: string): boolean {
  return /^[A-Za-z0-9\-._~]*$/.test(text);
}

function joined(segments: readonly Segment[]): string {
  return segments.map((segment) => (segment.kind === "literal" ? `/${segment.text}` : "")).join("");
}

function expression(segment: Segment): string {
  switch (segment.kind) {
    case "one":
      return "[^/]+";
    case "rest":
      return ".*";
    case "literal":
      return segment.text.replace(/%[0-9A-F]{2}|[^A-Za-z0-9\-_~]/g, spellings);
  }
}

/** An expression for a character, encoded or not, or for an encoded byte. */
function spellings(text: string): string {
  if (text === ".") return "\\.";
  if (text.startsWith("%")) return inAnyCase(text);
  const encoded = `%${text.charCodeAt(0).toString(16).toUpperCase()}`;
  return `(?:${text.replace(/[*+?^${}()|[\]\\]/, "\\$&")}|${inAnyCase(encoded)})`;
}

function inAnyCase(encoded: string): string {
  return encoded.replace(/[A-F]/g, (digit) => `[${digit}${digit.toLowerCase()}]`);
}

/** Whether every path that `inner` matches is matched by `outer` too. Exact. */
export function covers(outer: PathPattern, inner: PathPattern): boolean {
  const [outerHead, outerTail] = splitAtRest(outer);
  const [innerHead, innerTail] = splitAtRest(inner);
  if (outerTail === undefined) {
    return innerTail === undefined && outerHead.length === innerHead.length && allCover(outerHead, innerHead);
  }
  if (innerTail === undefined) {
    const shortest = outerHead.length + outerTail.length + 1;
    if (innerHead.length < shortest) return false;
    const suffix = innerHead.slice(innerHead.length - outerTail.length);
    return allCover(outerHead, innerHead) && allCover(outerTail, suffix);
  }
  if (outerHead.length > innerHead.length || outerTail.length > innerTail.length) return false;
  const suffix = innerTail.slice(innerTail.length - outerTail.length);
  return allCover(outerHead, innerHead) && allCover(outerTail, suffix);
}

function splitAtRest({ segments }: PathPattern): [readonly Segment[], (readonly Segment[])?] {
  const rest = segments.findIndex(({ kind }) => kind === "rest");
  return rest < 0 ? [segments] : [segments.slice(0, rest), segments.slice(rest + 1)];
}

function allCover(outer: readonly Segment[], inner: readonly Segment[]): boolean {
  return outer.every((segment, index) => segmentCovers(segment, inner[index]));
}

function segmentCovers(outer: Segment, inner: Segment | undefined): boolean {
  if (outer.kind === "literal") return inner?.kind === "literal" && inner.text === outer.text;
  return inner?.kind === "one" || (inner?.kind === "literal" && inner.text !== "");
}

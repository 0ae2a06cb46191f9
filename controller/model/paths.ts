/** Paths of rules: how they are matched, and which of them cover others. */
import type { PathMatch } from "./exposure.ts";

/** One segment of a path: `one` is `{*}` (not empty), `rest` is `{**}` (one or more segments of any content). */
export type Segment = { kind: "literal"; text: string } | { kind: "one" } | { kind: "rest" };

/** A parsed path: its segments, split at the slashes after the first. At most one is `rest`. */
export interface PathPattern {
  segments: readonly Segment[];
  /** The segments before `rest`; all of them where there is none. */
  head: readonly Segment[];
  /** The segments behind `rest`; absent where there is none. */
  tail?: readonly Segment[];
}

/** Reads a path that the schema accepts. */
export function parsePath(path: string): PathPattern {
  return patternOf(path === "/*" ? [{ kind: "rest" }] : path.split("/").slice(1).map(parseSegment));
}

function patternOf(segments: readonly Segment[]): PathPattern {
  const rest = segments.findIndex(({ kind }) => kind === "rest");
  if (rest < 0) return { segments, head: segments };
  return { segments, head: segments.slice(0, rest), tail: segments.slice(rest + 1) };
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
  if (outer.tail === undefined) {
    if (inner.tail !== undefined || outer.head.length !== inner.head.length) return false;
    return holdsFromStart(segmentCovers, outer.head, inner.head);
  }
  if (inner.tail === undefined) {
    if (inner.head.length < outer.head.length + 1 + outer.tail.length) return false;
  } else if (outer.head.length > inner.head.length || outer.tail.length > inner.tail.length) return false;
  return (
    holdsFromStart(segmentCovers, outer.head, inner.head) &&
    holdsFromEnd(segmentCovers, outer.tail, inner.tail ?? inner.head)
  );
}

function segmentCovers(outer: Segment, inner: Segment): boolean {
  if (outer.kind === "literal") return inner.kind === "literal" && inner.text === outer.text;
  return inner.kind === "one" || (inner.kind === "literal" && inner.text !== "");
}

/** Whether some path is matched by both patterns. Exact. */
export function overlap(a: PathPattern, b: PathPattern): boolean {
  if (a.tail === undefined) {
    if (b.tail !== undefined) return overlap(b, a);
    return a.head.length === b.head.length && holdsFromStart(segmentsMeet, a.head, b.head);
  }
  if (b.tail === undefined && b.head.length < a.head.length + 1 + a.tail.length) return false;
  return holdsFromStart(segmentsMeet, a.head, b.head) && holdsFromEnd(segmentsMeet, a.tail, b.tail ?? b.head);
}

function segmentsMeet(a: Segment, b: Segment): boolean {
  if (a.kind === "literal" && b.kind === "literal") return a.text === b.text;
  return (a.kind !== "literal" || a.text !== "") && (b.kind !== "literal" || b.text !== "");
}

type Relation = (a: Segment, b: Segment) => boolean;

/** Whether the segments that both lists have are in relation, one by one from the first. */
function holdsFromStart(relation: Relation, a: readonly Segment[], b: readonly Segment[]): boolean {
  return a.every((segment, index) => {
    const other = b[index];
    return other === undefined || relation(segment, other);
  });
}

/** As `holdsFromStart`, from the last segments on. */
function holdsFromEnd(relation: Relation, a: readonly Segment[], b: readonly Segment[]): boolean {
  return a.every((_, index) => {
    const [segment, other] = [a.at(-1 - index), b.at(-1 - index)];
    return segment === undefined || other === undefined || relation(segment, other);
  });
}

/** Whether paths are matched by several patterns together. */
import { covers, overlap, type PathPattern, type Segment } from "./paths.ts";

/** A segment that no pattern names. */
const UNNAMED = "{}";

/** How much may still be looked at. When it is used up, patterns count as not covered. */
export interface SearchBudget {
  steps: number;
}

/**
 * The first of `outers` that covers `inner`, or several that cover it together, none of them needlessly. Empty: some
 * path is matched by `inner` alone.
 */
export function coverOf<Outer extends { pattern: PathPattern }>(
  inner: PathPattern,
  outers: readonly Outer[],
  budget: SearchBudget,
): Outer[] {
  const single = outers.find(({ pattern }) => covers(pattern, inner));
  if (single !== undefined) return [single];
  const touching = outers.filter(({ pattern }) => overlap(pattern, inner));
  const cover = coverTogether(touching, inner, budget) ?? [];
  let needed = cover;
  for (const outer of cover.toReversed()) {
    const others = needed.filter((other) => other !== outer);
    if (coverTogether(others, inner, budget) !== undefined) needed = others;
  }
  return needed;
}

/** A pattern of which some segments are matched; the others are to come. */
interface Progress {
  id: number;
  segments: readonly Segment[];
  matched: number;
}

/** What some beginning of a path leads to: `inner` is there, and those of the others that are not out yet. */
interface State {
  inner: Progress;
  outers: readonly Progress[];
}

/**
 * Looks for a path that only `inner` matches: all patterns are read side by side as automata over segments, and each
 * state is visited once. Where there is none, gives the patterns that the search has met at the ends of paths.
 */
function coverTogether<Outer extends { pattern: PathPattern }>(
  outers: readonly Outer[],
  inner: PathPattern,
  budget: SearchBudget,
): Outer[] | undefined {
  const begin = ({ segments }: PathPattern, id: number): Progress => ({ id, segments, matched: 0 });
  const first: State = {
    inner: begin(inner, 0),
    outers: outers.map(({ pattern }, index) => begin(pattern, index)),
  };
  const open = [successors(first)];
  const seen = new Set<string>();
  const met = new Set<number>();
  const meet = (state: State, isEnd: (outer: Progress) => boolean): boolean => {
    const ends = state.outers.filter(isEnd);
    const end = ends.find(({ id }) => met.has(id)) ?? ends[0];
    if (end !== undefined) met.add(end.id);
    return end !== undefined;
  };
  for (let last = open.at(-1); last !== undefined; last = open.at(-1)) {
    const { value: state, done } = last.next();
    budget.steps -= outers.length;
    if (budget.steps < 0) return undefined;
    if (done) {
      open.pop();
      continue;
    }
    if (meet(state, matchesWhateverFollows)) continue;
    const key = keyOf(state);
    if (seen.has(key)) continue;
    if (isComplete(state.inner) && !meet(state, isComplete)) return undefined;
    if (state.outers.length === 0) return undefined;
    seen.add(key);
    open.push(successors(state));
  }
  return outers.filter((_, id) => met.has(id));
}

/** The states after one more segment; those that are likely to leave the others behind come first. */
function* successors({ inner, outers }: State): Generator<State, undefined> {
  for (const name of namesToTry(inner, outers)) {
    const reached = outers.flatMap((outer) => advance(outer, name));
    for (const next of advance(inner, name)) yield { inner: next, outers: reached };
  }
}

/**
 * Segments that make a difference. One that a literal of the others names is matched by all that match `UNNAMED` and
 * more, so that it leads to no path which `UNNAMED` does not lead to. The empty one is matched by fewer still, unless
 * some literal is empty.
 */
function namesToTry(inner: Progress, outers: readonly Progress[]): string[] {
  const segment = inner.segments[inner.matched];
  if (segment === undefined) return [];
  if (segment.kind === "literal") return [segment.text];
  if (segment.kind === "one") return [UNNAMED];
  const next = outers.map(({ segments, matched }) => segments[matched]);
  const isEmptyNamed = next.some((other) => other?.kind === "literal" && other.text === "");
  if (!isEmptyNamed) return [""];
  return next.some((other) => other?.kind === "one") ? [UNNAMED, ""] : [UNNAMED];
}

/** How far a pattern can be after a segment; nowhere, if the segment does not match. */
function advance(progress: Progress, name: string): Progress[] {
  const segment = progress.segments[progress.matched];
  const further = { ...progress, matched: progress.matched + 1 };
  if (segment === undefined) return [];
  if (segment.kind === "rest") return [further, progress];
  const isMatch = segment.kind === "one" ? name !== "" : name === segment.text;
  return isMatch ? [further] : [];
}

function isComplete({ segments, matched }: Progress): boolean {
  return matched === segments.length;
}

function matchesWhateverFollows(progress: Progress): boolean {
  return isComplete(progress) && progress.segments.at(-1)?.kind === "rest";
}

function keyOf({ inner, outers }: State): string {
  const positions = new Set(outers.map(({ id, matched }) => `${id}:${matched}`));
  return `${inner.matched} ${[...positions].sort().join(" ")}`;
}

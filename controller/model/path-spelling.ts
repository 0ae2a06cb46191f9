/** Tells of literal paths that requests may not come with, because gateways normalise or refuse them. */
import type { PathPattern } from "./paths.ts";

const SPELLINGS: readonly { isIn(texts: readonly string[]): boolean; reason: string }[] = [
  {
    isIn: (texts) => texts.some((text) => text === "." || text === ".."),
    reason: "gateways resolve dot segments",
  },
  {
    isIn: (texts) => texts.slice(0, -1).includes(""),
    reason: "gateways that merge slashes leave no empty segment",
  },
  {
    isIn: (texts) => texts.some((text) => /%2F|%5C/.test(text)),
    reason: "gateways that decode slashes leave none encoded",
  },
  {
    isIn: (texts) => texts.some((text) => /;|%3B|%[01][0-9A-F]|%7F/.test(text)),
    reason: "semicolons and control characters are refused where a stricter rule stands beside this one",
  },
];

/** Why requests may never come to a rule with the path as it is spelt; undefined where they do. */
export function spellingWarning({ segments }: PathPattern): string | undefined {
  const texts = segments.map((segment) => (segment.kind === "literal" ? segment.text : segment.kind));
  const reasons = SPELLINGS.filter(({ isIn }) => isIn(texts)).map(({ reason }) => reason);
  return reasons.length === 0 ? undefined : `requests may never come to this rule: ${reasons.join("; ")}`;
}

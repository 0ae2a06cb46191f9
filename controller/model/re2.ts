/** Judges regular expressions that users write, before Envoy refuses a whole configuration because of one. */

const LOOK_AROUND = /\(\?(?:[=!]|<[=!])/;
const EMPTY_CLASS = /\[\^?\]/;
const REPETITION = /\{(\d+)(?:,(\d*))?\}/g;
const RE2_ESCAPES = "abtnvfrdDsSwWBAz";
const LARGEST_REPETITION = 1_000;

/** Why `expression` is not valid in RE2; undefined if it is. Unicode classes are refused although RE2 has them. */
export function re2Problem(expression: string): string | undefined {
  for (const [sequence, letter = ""] of expression.matchAll(/\\(.)/gs)) {
    if (/[A-Za-z0-9]/.test(letter) && !RE2_ESCAPES.includes(letter)) return `${sequence} is not supported`;
  }
  const unescaped = expression.replace(/\\./gs, "_");
  if (LOOK_AROUND.test(unescaped)) return "look-around is not supported";
  if (EMPTY_CLASS.test(unescaped)) return "a character class is empty";
  for (const [, from, to] of unescaped.matchAll(REPETITION)) {
    if (Number(from) > LARGEST_REPETITION || Number(to ?? 0) > LARGEST_REPETITION) {
      return `a repetition is larger than ${LARGEST_REPETITION}`;
    }
  }
  try {
    new RegExp(expression.replace(/^\(\?[ims]+\)/, ""));
    return undefined;
  } catch {
    return "it is not a regular expression";
  }
}

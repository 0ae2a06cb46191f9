/** Judges regular expressions that users write, before Envoy refuses a whole configuration because of one. */

const LOOK_AROUND = /\(\?(?:[=!]|<[=!])/;
const EMPTY_CLASS = /\[\^?\]/;
const CLASS = /\[(?:\[:[a-z]+:\]|\\.|[^\]\\])*\]/gs;
const ESCAPE_NOT_FOR_CLASSES = /\\[^dDsSwW]/;
const RANGE_WITH_ESCAPE = /-\\|\\.-(?!\])/;
const REPETITION = /\{(\d+)(?:,(\d*))?\}/g;
const RE2_ESCAPES = "abtnvfrdDsSwWBAz";

/** Bounds that keep the compiled program far below the 32,768 instructions that Istio lets Envoy accept. */
const LONGEST = 512;
const MOST_REPETITIONS = 256;

/** Why Envoy might refuse `expression`; undefined if it will not. Stricter than RE2: it knows no Unicode classes. */
export function re2Problem(expression: string): string | undefined {
  if (expression.length > LONGEST) return `it is longer than ${LONGEST} characters`;
  for (const [sequence, letter = ""] of expression.matchAll(/\\(.)/gs)) {
    if (/[A-Za-z0-9]/.test(letter) && !RE2_ESCAPES.includes(letter)) return `${sequence} is not supported`;
  }
  const unescaped = expression.replace(/\\./gs, "_");
  if (LOOK_AROUND.test(unescaped)) return "look-around is not supported";
  if (EMPTY_CLASS.test(unescaped)) return "a character class is empty";
  for (const [characters] of expression.replace(/\\[^A-Za-z0-9]/gs, "_").matchAll(CLASS)) {
    if (ESCAPE_NOT_FOR_CLASSES.test(characters) || RANGE_WITH_ESCAPE.test(characters)) {
      return `${characters} is not supported`;
    }
  }
  const repetitions = [...unescaped.matchAll(REPETITION)].map(([, from, to]) =>
    Math.max(Number(from), Number(to ?? 0)),
  );
  const total = repetitions.reduce((sum, count) => sum + count, 0);
  if (total > MOST_REPETITIONS) return `it repeats more than ${MOST_REPETITIONS} times in total`;
  if (/\)\{\d/.test(unescaped)) return "a counted repetition of a group is not supported";
  try {
    new RegExp(expression.replace(/^\(\?[ims]+\)/, ""));
    return undefined;
  } catch {
    return "it is not a regular expression";
  }
}

/**
 * Where the filter is meant to judge a token otherwise than `jose` does. Every other disagreement is a failure of the
 * fuzzer. docs/deviations.md is made of this table.
 */
import { LIMITS } from "../../controller/api/limits.ts";
import type { TokenSample } from "./token-sample.ts";

export interface Deviation {
  id: string;
  /** Who refuses what the other accepts. */
  stricter: "filter" | "jose";
  /** What the filter does. */
  rule: string;
  /** Why. */
  reason: string;
  applies(sample: TokenSample): boolean;
  /** It applies also to tokens that the filter may accept. */
  loose?: true;
}

const has = (part: Record<string, unknown> | undefined, ...names: string[]) =>
  part !== undefined && names.some((name) => Object.hasOwn(part, name));

const isInexact = (value: unknown) =>
  typeof value === "number" && (value < 0 || value > Number.MAX_SAFE_INTEGER);

const isAudience = (value: unknown) =>
  typeof value === "string" || (Array.isArray(value) && value.every((each) => typeof each === "string"));

export const DEVIATIONS: readonly Deviation[] = [
  {
    id: "not-canonical",
    stricter: "filter",
    rule: "Base64url with padding, white space, foreign characters or stray last bits is refused.",
    reason: "RFC 7515, section 2. One token has one spelling, so that the token cache holds it once.",
    applies: (sample) => !sample.isCanonical,
  },
  {
    id: "not-unicode",
    stricter: "filter",
    rule: "Invalid UTF-8, a byte order mark and lone surrogates are refused.",
    reason:
      "RFC 8725, section 3.7, and RFC 8259, section 8. Two readers must not see two names in the same bytes.",
    applies: (sample) => !sample.isUnicode,
  },
  {
    id: "duplicate-member",
    stricter: "filter",
    rule: "A name that stands twice in one object is refused, at any depth and however it is escaped.",
    reason: "RFC 7515, section 4, and RFC 7519, section 4. Parsers disagree about which of the two counts.",
    applies: (sample) => sample.hasDuplicates,
  },
  {
    id: "limits",
    stricter: "filter",
    loose: true,
    rule: `Tokens over ${LIMITS.maxTokenBytes} bytes, nesting deeper than ${LIMITS.maxJsonDepth} and more than ${LIMITS.maxJsonMembers} members in open objects are refused.`,
    reason: "Nothing that a client sends may cost more than a fixed amount of memory and stack.",
    applies: ({ token, depth, members }) =>
      token.length > LIMITS.maxTokenBytes || depth > LIMITS.maxJsonDepth || members > LIMITS.maxJsonMembers,
  },
  {
    id: "inexact-time",
    stricter: "filter",
    rule: "`exp` and `nbf` that are negative or above 2^53 - 1 are refused.",
    reason: "RFC 7519, section 2. A number that is not exact must not saturate to a token that never ends.",
    applies: ({ claims }) => isInexact(claims?.exp) || isInexact(claims?.nbf),
  },
  {
    id: "key-in-header",
    stricter: "filter",
    rule: "A header with `jku`, `jwk`, `x5u` or `x5c` is refused.",
    reason:
      "RFC 8725, section 3.10. A token does not name its own key; one that tries is hostile or misrouted.",
    applies: ({ header }) => has(header, "jku", "jwk", "x5u", "x5c"),
  },
  {
    id: "extension",
    stricter: "filter",
    rule: "A header with `crit` or `b64` is refused, whatever they say.",
    reason: "RFC 7515, section 4.1.11, and RFC 7797. No extension is understood, so none may be asked for.",
    applies: ({ header }) => has(header, "crit", "b64"),
  },
  {
    id: "audience-type",
    stricter: "filter",
    rule: "`aud` that is neither a string nor an array of strings is refused, also where no audience is demanded.",
    reason: "RFC 7519, section 4.1.3. jose looks at `aud` only when an audience is demanded.",
    applies: ({ claims }) => has(claims, "aud") && !isAudience(claims?.aud),
  },
  {
    id: "typ-type",
    stricter: "filter",
    rule: "`typ` that is no string is refused.",
    reason: "RFC 7515, section 4.1.9. jose looks at `typ` only when one is demanded.",
    applies: ({ header }) => has(header, "typ") && typeof header?.typ !== "string",
  },
  {
    id: "sender-constrained",
    stricter: "filter",
    rule: "A token with `cnf` is refused.",
    reason:
      "RFC 8705, RFC 9449. It is bound to a key of its holder, and a bearer of it proves nothing about that key.",
    applies: ({ claims }) => has(claims, "cnf"),
  },
  {
    id: "issued-at",
    stricter: "jose",
    rule: "`iat` is not read; one that is not a number changes nothing.",
    reason: "No decision depends on it: RFC 7519, section 4.1.6, gives it no meaning for acceptance.",
    applies: ({ claims }) => has(claims, "iat") && typeof claims?.iat !== "number",
  },
];

/** The deviation by which the filter should have refused. */
export function violated(sample: TokenSample): Deviation | undefined {
  return DEVIATIONS.find(
    ({ stricter, loose, applies }) => stricter === "filter" && !loose && applies(sample),
  );
}

/** The deviation that explains that `stricter` refused what the other accepted. */
export function explain(stricter: Deviation["stricter"], sample: TokenSample): Deviation | undefined {
  return DEVIATIONS.find((deviation) => deviation.stricter === stricter && deviation.applies(sample));
}

/** Paths for tests, and how Envoy's router takes them. */
import fc from "fast-check";
import { RuleSchema } from "../api/apirule/rule.ts";
import { type PathPattern, parsePath, pathMatch } from "./paths.ts";
import { checkSchema } from "./schema-check.ts";

/** The pattern of a path that is valid. */
export function pattern(path: string): PathPattern {
  const [problem] = pathProblems(path);
  if (problem !== undefined) throw new Error(`${path}: ${problem}`);
  return parsePath(path);
}

/** Why the schema does not accept a path. */
export function pathProblems(path: string): string[] {
  const { problems } = checkSchema(RuleSchema.properties.path, path, "", { refuseUnknown: true });
  return problems.map(({ message }) => message);
}

/** Whether Envoy's router takes a request for a rule with the path. */
export function takes(path: string, request: string): boolean {
  const known = matchers.get(path) ?? matcherOf(path);
  matchers.set(path, known);
  return known(request);
}

type Matcher = (request: string) => boolean;

const matchers = new Map<string, Matcher>();

function matcherOf(path: string): Matcher {
  const { kind, value } = pathMatch(pattern(path));
  if (kind === "exact") return (request) => request === value;
  if (kind === "prefix") return (request) => request.startsWith(value);
  const expression = new RegExp(value);
  return (request) => expression.test(request);
}

/** Valid paths of few segments: empty ones, `a`, `b` and operators. */
export function anyPath(maxLength: number): fc.Arbitrary<string> {
  return fc
    .array(fc.constantFrom("", "a", "b", "{*}", "{**}"), { minLength: 1, maxLength })
    .map((segments) => `/${segments.join("/")}`)
    .filter((path) => pathProblems(path).length === 0);
}

/** Every path of requests with so many segments at most: empty ones, `a`, `b`, and one that no rule names. */
export function requestsUpTo(maxLength: number): string[] {
  let longest = [""];
  const all: string[] = [];
  for (let length = 1; length <= maxLength; length++) {
    longest = longest.flatMap((path) => ["", "a", "b", "x"].map((name) => `${path}/${name}`));
    all.push(...longest);
  }
  return all;
}

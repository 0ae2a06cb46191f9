/** Which requests of an APIRule external authorizers are to be asked about. */
import type { ExternalCheck, HttpMethod } from "./exposure.ts";
import type { Findings } from "./findings.ts";
import { pathTemplates, templateProblem } from "./path-templates.ts";
import { overlap, type PathPattern } from "./paths.ts";

/** So many paths may stand in the AuthorizationPolicies of an APIRule: Envoy compares each with every request. */
const MAX_PATHS = 10_000;

/** A rule, as far as it decides who is asked. */
export interface CheckedRule {
  pattern: PathPattern;
  methods: readonly HttpMethod[];
  /** Names of extension providers; empty where nobody is asked. */
  authorizers: readonly string[];
  /** Whether CORS preflights go through unasked. */
  passCorsPreflight: boolean;
}

/** Notes paths by which no authorizer can be told what it is asked about: its own rules', and those that take from them. */
export function checkTemplates(
  rules: readonly (CheckedRule & { index: number })[],
  findings: Findings,
): void {
  for (const [position, { index, pattern, authorizers }] of rules.entries()) {
    const isConcerned =
      authorizers.length > 0 ||
      rules
        .slice(position + 1)
        .some((later) => later.authorizers.length > 0 && overlap(pattern, later.pattern));
    const problem = isConcerned ? templateProblem(pattern) : undefined;
    if (problem === undefined) continue;
    const message = `the path has ${problem}, so that Istio cannot tell which requests external authorizers are asked about`;
    findings.problem(`.spec.rules[${index}].path`, message);
  }
}

/** Why there are too many paths to tell authorizers what they are asked about; undefined where there are not. */
export function pathCountProblem(checks: readonly ExternalCheck[]): string | undefined {
  const count = checks
    .flatMap(({ requests }) => requests)
    .reduce((sum, { paths, notPaths }) => sum + paths.length + notPaths.length, 0);
  if (count <= MAX_PATHS) return undefined;
  return `rules with authorizers and rules before them overlap so often that AuthorizationPolicies would hold ${count} paths; at most ${MAX_PATHS} are allowed: split the APIRule, or let its rules overlap less`;
}

/**
 * For each authorizer the requests that the rules send to it, in the order of the authorizers' names. A rule is asked
 * about only where no earlier rule takes the request.
 */
export function externalChecks(rules: readonly CheckedRule[]): ExternalCheck[] {
  const authorizers = [...new Set(rules.flatMap((rule) => rule.authorizers))].sort();
  return authorizers.map((authorizer) => ({
    authorizer,
    requests: rules.flatMap((rule, index) =>
      rule.authorizers.includes(authorizer) ? requestsOf(rule, rules.slice(0, index), authorizer) : [],
    ),
  }));
}

function requestsOf(
  rule: CheckedRule,
  earlier: readonly CheckedRule[],
  authorizer: string,
): ExternalCheck["requests"] {
  const taking = earlier.filter(
    ({ authorizers, pattern }) => !authorizers.includes(authorizer) && overlap(pattern, rule.pattern),
  );
  const groups = new Map<string, ExternalCheck["requests"][number]>();
  for (const method of rule.methods) {
    const notPaths = taking
      .filter(({ methods }) => methods.includes(method))
      .flatMap(({ pattern }) => pathTemplates(pattern));
    const passPreflight = method === "OPTIONS" && rule.passCorsPreflight;
    const key = JSON.stringify([notPaths, passPreflight]);
    const group = groups.get(key);
    if (group !== undefined) group.methods.push(method);
    else groups.set(key, { methods: [method], paths: pathTemplates(rule.pattern), notPaths, passPreflight });
  }
  return [...groups.values()];
}

/** Which requests of an APIRule external authorizers are to be asked about. */
import type { ExternalCheck, HttpMethod } from "./exposure.ts";
import type { Findings } from "./findings.ts";
import { pathTemplates, templateProblem } from "./path-templates.ts";
import { overlap, type PathPattern } from "./paths.ts";

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

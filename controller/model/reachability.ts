/** Finds rules that can never match, because earlier rules cover them. */
import type { HttpMethod } from "./exposure.ts";
import type { Findings } from "./findings.ts";
import { coverOf } from "./path-cover.ts";
import { covers, type PathPattern } from "./paths.ts";

/** What a rule matches. */
export interface RuleMatch {
  index: number;
  path: string;
  pattern: PathPattern;
  methods: readonly HttpMethod[];
}

/** Enough for any APIRule of a thousand rules that is not made to be slow. */
const SEARCH_STEPS = 5_000_000;

/** Reports each rule whose every method earlier rules take, and warns of single methods that are taken. */
export function checkReachability(rules: readonly RuleMatch[], findings: Findings): void {
  const budget = { steps: SEARCH_STEPS };
  const widest = new WidestRules();
  for (const rule of rules) {
    const isTaken = coverOf(rule.pattern, widest.of("any"), budget).length > 0;
    const taken = (isTaken ? rule.methods : []).flatMap((method) => {
      const by = coverOf(rule.pattern, widest.of(method), budget);
      return by.length === 0 ? [] : [{ method, by }];
    });
    for (const method of ["any" as const, ...rule.methods]) widest.add(method, rule);
    if (taken.length === 0) continue;
    const at = `.spec.rules[${rule.index}]`;
    const by = [...new Set(taken.flatMap((entry) => entry.by))].map(described).join(" and ");
    const methods = taken.map(({ method }) => method).join(", ");
    const finding = `Path ${rule.path} with method ${methods} conflicts with at least one of the previous rule paths`;
    if (taken.length === rule.methods.length) {
      findings.problem(at, `${finding}: it can never match, because it is covered by ${by}`);
    } else {
      findings.warning(at, `${finding}: with ${methods} it never matches, because it is covered by ${by}`);
    }
  }
}

/** For each method the rules so far, without those that another one of them covers. */
class WidestRules {
  readonly #rules = new Map<HttpMethod | "any", RuleMatch[]>();

  of(method: HttpMethod | "any"): readonly RuleMatch[] {
    return this.#rules.get(method) ?? [];
  }

  add(method: HttpMethod | "any", rule: RuleMatch): void {
    const rules = this.of(method);
    if (rules.some(({ pattern }) => covers(pattern, rule.pattern))) return;
    const others = rules.filter(({ pattern }) => !covers(rule.pattern, pattern));
    this.#rules.set(method, [...others, rule]);
  }
}

function described({ index, path }: RuleMatch): string {
  return `.spec.rules[${index}] with path ${path}`;
}

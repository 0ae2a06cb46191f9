/** Finds rules that can never match, because earlier rules cover them. */
import type { HttpMethod } from "./exposure.ts";
import type { Findings } from "./findings.ts";
import { covers, type PathPattern } from "./paths.ts";

/** What a rule matches. */
export interface RuleMatch {
  index: number;
  path: string;
  pattern: PathPattern;
  methods: readonly HttpMethod[];
}

/** Reports each rule whose every method an earlier rule takes, and warns of single methods that are taken. */
export function checkReachability(rules: readonly RuleMatch[], findings: Findings): void {
  for (const [position, rule] of rules.entries()) {
    const covering = rules.slice(0, position).filter((earlier) => covers(earlier.pattern, rule.pattern));
    const taken = rule.methods.flatMap((method) => {
      const by = covering.find((earlier) => earlier.methods.includes(method));
      return by === undefined ? [] : [{ method, by }];
    });
    if (taken.length === 0) continue;
    const at = `.spec.rules[${rule.index}]`;
    const by = [...new Set(taken.map((entry) => entry.by))].map(described).join(" and ");
    const methods = taken.map(({ method }) => method).join(", ");
    const finding = `Path ${rule.path} with method ${methods} conflicts with at least one of the previous rule paths`;
    if (taken.length === rule.methods.length) {
      findings.problem(at, `${finding}: it can never match, because it is covered by ${by}`);
    } else {
      findings.warning(at, `${finding}: with ${methods} it never matches, because it is covered by ${by}`);
    }
  }
}

function described({ index, path }: RuleMatch): string {
  return `.spec.rules[${index}] with path ${path}`;
}

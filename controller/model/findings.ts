/** Gathers what is wrong with an APIRule, so that all of it is reported at once. */
import type { Problem } from "./exposure.ts";

/** Problems and warnings in the order in which they were found, each once. */
export class Findings {
  readonly problems: Problem[] = [];
  readonly warnings: Problem[] = [];

  /** Something that keeps the APIRule from being applied. */
  problem(path: string, message: string): void {
    add(this.problems, { path, message });
  }

  /** Something that is worth knowing. */
  warning(path: string, message: string): void {
    add(this.warnings, { path, message });
  }
}

function add(list: Problem[], finding: Problem): void {
  const known = list.some(({ path, message }) => path === finding.path && message === finding.message);
  if (!known) list.push(finding);
}

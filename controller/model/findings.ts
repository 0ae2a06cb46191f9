/** Gathers what is wrong with an APIRule, so that all of it is reported at once. */
import type { Problem } from "./exposure.ts";

/** Problems and warnings in the order in which they were found, each once. */
export class Findings {
  readonly problems: Problem[] = [];
  readonly warnings: Problem[] = [];
  readonly #misshapen: string[] = [];

  /** A value that the schema does not allow: what else may be said of it follows from that, and is not. */
  schemaProblem(path: string, message: string): void {
    add(this.problems, { path, message });
    this.#misshapen.push(path);
  }

  /** Something that keeps the APIRule from being applied. */
  problem(path: string, message: string): void {
    if (!this.#misshapen.includes(path)) add(this.problems, { path, message });
  }

  /** Whether the schema does not allow the value at a path, or something in it. */
  isMisshapen(path: string): boolean {
    return this.#misshapen.some(
      (at) => at === path || at.startsWith(`${path}.`) || at.startsWith(`${path}[`),
    );
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

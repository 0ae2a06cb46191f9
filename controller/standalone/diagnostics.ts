import type { Logger } from "../log.ts";
import type { Diagnostic, State } from "./state.ts";

/** Tells the user what is wrong with the manifests, and each thing once while it stays wrong. */
export class DiagnosticLog {
  readonly #log: Logger;
  #problems = new Set<string>();
  #warnings = new Set<string>();

  constructor(log: Logger) {
    this.#log = log;
  }

  /** Logs what is new in a state, and that all problems are solved. */
  report({ problems, warnings }: Pick<State, "problems" | "warnings">): void {
    const problemLines = new Set(problems.map(formatDiagnostic));
    const warningLines = new Set(warnings.map(formatDiagnostic));
    for (const line of problemLines) {
      if (!this.#problems.has(line)) this.#log.error(`${line} (the last good version stays in force)`);
    }
    for (const line of warningLines) {
      if (!this.#warnings.has(line)) this.#log.warn(line);
    }
    if (problemLines.size === 0 && this.#problems.size > 0) this.#log.info("All problems are solved");
    this.#problems = problemLines;
    this.#warnings = warningLines;
  }
}

/** One line: the place and what is wrong there. */
export function formatDiagnostic({ where, message }: Diagnostic): string {
  return `${where}: ${message}`;
}

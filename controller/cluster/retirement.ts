/** Policies that no route names any more, kept for as long as a gateway may still have the routes that did. */
export class Retirement {
  readonly #graceMs: number;
  #since: ReadonlyMap<string, number> = new Map();

  /** @param graceMs time from when a policy is first found unused */
  constructor(graceMs: number) {
    this.#graceMs = graceMs;
  }

  /** Those of `present` that are not `needed`, but have not been unused for long enough to go. */
  retain(present: Iterable<string>, needed: ReadonlySet<string>, now: number): Set<string> {
    const retained = new Set<string>();
    const since = new Map<string, number>();
    for (const id of present) {
      if (needed.has(id)) continue;
      const unusedSince = this.#since.get(id) ?? now;
      if (now - unusedSince >= this.#graceMs) continue;
      since.set(id, unusedSince);
      retained.add(id);
    }
    this.#since = since;
    return retained;
  }

  /** When the next of the retained policies goes. */
  nextExpiry(): number | undefined {
    const times = [...this.#since.values()];
    return times.length === 0 ? undefined : Math.min(...times) + this.#graceMs;
  }
}

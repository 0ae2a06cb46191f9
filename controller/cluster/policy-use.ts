/** Counts who names which policy at which workload. */

interface Use {
  workload: string;
  policies: readonly string[];
}

/** The policies that users name, by workload. */
export class PolicyUse {
  readonly #uses = new Map<string, Use[]>();
  readonly #users = new Map<string, Map<string, Set<string>>>();

  /** Replaces what a user names, and returns the workloads at which a policy came to be named, or ceased to be. */
  set(user: string, uses: readonly Use[]): Set<string> {
    const before = this.#uses.get(user) ?? [];
    const changed = new Set<string>();
    if (uses.length > 0) this.#uses.set(user, [...uses]);
    else this.#uses.delete(user);
    const added = pairsOf(uses);
    const removed = pairsOf(before);
    for (const [key, pair] of added)
      if (!removed.has(key) && this.#add(user, pair)) changed.add(pair.workload);
    for (const [key, pair] of removed)
      if (!added.has(key) && this.#remove(user, pair)) changed.add(pair.workload);
    return changed;
  }

  /** Whether anybody names a policy at a workload. */
  has(workload: string): boolean {
    return this.#users.has(workload);
  }

  /** Ids of the policies that anybody names at a workload. */
  policiesAt(workload: string): Set<string> {
    return new Set(this.#users.get(workload)?.keys());
  }

  /** Those who name a policy at a workload. */
  usersOf(workload: string, policy: string): Iterable<string> {
    return this.#users.get(workload)?.get(policy) ?? [];
  }

  /** Those who name any policy at a workload. */
  usersAt(workload: string): Set<string> {
    return new Set([...(this.#users.get(workload)?.values() ?? [])].flatMap((users) => [...users]));
  }

  /** The workloads at which anything is named. */
  workloads(): string[] {
    return [...this.#users.keys()];
  }

  #add(user: string, { workload, policy }: Pair): boolean {
    const policies = this.#users.get(workload) ?? new Map<string, Set<string>>();
    const users = policies.get(policy);
    this.#users.set(workload, policies.set(policy, (users ?? new Set()).add(user)));
    return users === undefined;
  }

  #remove(user: string, { workload, policy }: Pair): boolean {
    const policies = this.#users.get(workload);
    const users = policies?.get(policy);
    users?.delete(user);
    if (users === undefined || users.size > 0) return false;
    policies?.delete(policy);
    if (policies?.size === 0) this.#users.delete(workload);
    return true;
  }
}

interface Pair {
  workload: string;
  policy: string;
}

function pairsOf(uses: readonly Use[]): Map<string, Pair> {
  return new Map(
    uses.flatMap(({ workload, policies }) =>
      policies.map((policy) => [`${policy} ${workload}`, { workload, policy }] as const),
    ),
  );
}

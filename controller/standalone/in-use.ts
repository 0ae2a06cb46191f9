import type { PolicySet } from "../model/exposure.ts";
import { unionPolicySets } from "../model/policy-set.ts";
import type { EnvoyFiles } from "../render/envoy/index.ts";

/** What routes name. */
export interface Named {
  policySet: PolicySet;
  clusters: EnvoyFiles["clusters"];
}

/** Time for which requests may still follow routes that have been replaced. */
export const GRACE_MS = 5_000;

/**
 * What routes of Envoy may name: those that were written last, those that were replaced less than `GRACE_MS` ago, and
 * those of which it is not known whether Envoy has taken them over.
 */
export class InUse {
  #entries: (Named & { replacedAt?: number })[] = [];

  /** To be called before routes are written. */
  add({ policySet, clusters }: Named): void {
    const text = JSON.stringify([policySet, clusters]);
    const last = this.#entries.at(-1);
    if (last && JSON.stringify([last.policySet, last.clusters]) === text) return;
    this.#entries.push({ policySet, clusters });
  }

  /** To be called when Envoy runs the routes that were added last. */
  confirm(now: number): void {
    for (const entry of this.#entries.slice(0, -1)) entry.replacedAt ??= now;
    this.expire(now);
  }

  /** Forgets what was replaced too long ago. */
  expire(now: number): void {
    this.#entries = this.#entries.filter(
      ({ replacedAt }) => replacedAt === undefined || now - replacedAt < GRACE_MS,
    );
  }

  /** When something will have been replaced long enough; undefined when nothing was replaced. */
  nextExpiry(): number | undefined {
    const times = this.#entries.flatMap(({ replacedAt }) => replacedAt ?? []);
    return times.length === 0 ? undefined : Math.min(...times) + GRACE_MS;
  }

  /** Everything in use, with `next` on top: of two clusters with one name, that of `next` counts. */
  with(next: Named): Named {
    const all = [...this.#entries, next];
    const clusters = new Map(
      all.flatMap((entry) => entry.clusters.map((cluster) => [cluster.name, cluster])),
    );
    return {
      policySet: unionPolicySets(...all.map(({ policySet }) => policySet)),
      clusters: [...clusters.values()].sort((a, b) => (a.name < b.name ? -1 : 1)),
    };
  }
}

/** What the gateways of one workload were seen to run. */
import type { ConfigHistory } from "./config-history.ts";

/** What one gateway has shown last. */
export interface Sighting {
  revision: string | undefined;
  unknownKeyIds: number;
  /** Monotonic milliseconds; undefined when the last look at it has succeeded. */
  failingSince: number | undefined;
}

/** One look at all gateways of a workload. */
export class GatewayView {
  /** Before the first look. */
  static readonly unknown = new GatewayView(undefined, [], []);

  /** Revision of each gateway by address; undefined when it is not known which gateways there are. */
  readonly #revisions: ReadonlyMap<string, string | undefined> | undefined;
  readonly #policies: readonly ReadonlySet<string>[];
  /** Addresses of the gateways that do not answer. */
  readonly silent: readonly string[];

  private constructor(
    revisions: ReadonlyMap<string, string | undefined> | undefined,
    policies: readonly ReadonlySet<string>[],
    silent: readonly string[],
  ) {
    this.#revisions = revisions;
    this.#policies = policies;
    this.silent = silent;
  }

  static of(
    sightings: ReadonlyMap<string, Sighting>,
    history: ConfigHistory,
    silenceMs: number,
    now: number,
  ): GatewayView {
    const entries = [...sightings].sort(([a], [b]) => (a < b ? -1 : 1));
    const revisions = new Map(entries.map(([address, { revision }]) => [address, revision]));
    const distinct = [...new Set(revisions.values())];
    const policies = distinct.map(
      (revision) => (revision === undefined ? undefined : history.policiesOf(revision)) ?? new Set<string>(),
    );
    const silent = entries.filter(
      ([, { failingSince }]) => failingSince !== undefined && now - failingSince >= silenceMs,
    );
    return new GatewayView(
      revisions,
      policies,
      silent.map(([address]) => address),
    );
  }

  /** Whether it is known which gateways there are. */
  get isKnown(): boolean {
    return this.#revisions !== undefined;
  }

  /** Number of gateways. */
  get size(): number {
    return this.#revisions?.size ?? 0;
  }

  /** Whether every gateway was seen with a policy. False while nothing is known. */
  runs(policy: string): boolean {
    return this.isKnown && this.#policies.every((policies) => policies.has(policy));
  }

  /** Whether every gateway was seen with the configuration of a revision, and answers. */
  shows(revision: string | undefined): boolean {
    if (this.#revisions === undefined) return false;
    const all = [...this.#revisions.values()];
    return revision === undefined || all.every((shown) => shown === revision);
  }

  /** Policies that every gateway runs here but not in `other`. */
  policiesMissingIn(other: GatewayView): string[] {
    const [some] = this.#policies;
    return [...(some ?? [])].filter((policy) => this.runs(policy) && !other.runs(policy));
  }

  /** Whether it makes no difference which of the two views is taken. */
  equals(other: GatewayView): boolean {
    return this.#text() === other.#text();
  }

  #text(): string {
    const sizes = this.#policies.map(({ size }) => size);
    return JSON.stringify([this.#revisions && [...this.#revisions], sizes, this.silent]);
  }
}

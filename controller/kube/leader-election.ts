/** Elects one of several replicas by a Lease. */
import { setTimeout as delay } from "node:timers/promises";
import { messageOf } from "../errors.ts";
import type { Logger } from "../log.ts";
import { isConflict, isNotFound } from "./api-error.ts";
import type { Lease, LeaseSpec, LeaseStore } from "./leases.ts";

/** Times of the election, in milliseconds. */
export interface ElectionTimes {
  /** A Lease that was not renewed for this long may be taken. */
  leaseMs: number;
  /** A leader that could not renew for this long stops; shorter than `leaseMs` by what a call may take. */
  renewDeadlineMs: number;
  retryMs: number;
}

/** Taken over after 11.5 s at the latest when a leader dies, at once when it ends in order. */
export const ELECTION_TIMES: ElectionTimes = { leaseMs: 10_000, renewDeadlineMs: 6_000, retryMs: 1_500 };

export interface LeaderElectionOptions {
  store: LeaseStore;
  /** Unique among the replicas. */
  identity: string;
  times?: ElectionTimes;
  log: Logger;
  /** Monotonic milliseconds. */
  now?: () => number;
  sleep?: (milliseconds: number, signal: AbortSignal) => Promise<void>;
}

/** Takes part in an election. Times are measured on the own clock alone, from when a change was seen. */
export class LeaderElection {
  readonly #options: Required<LeaderElectionOptions>;
  #lease: Lease | undefined;
  #seenAt = 0;
  #leadsUntil = 0;

  constructor(options: LeaderElectionOptions) {
    this.#options = {
      times: ELECTION_TIMES,
      now: () => performance.now(),
      sleep: (milliseconds, signal) => delay(milliseconds, undefined, { signal }).catch(() => {}),
      ...options,
    };
  }

  /** Whether this replica leads at this moment. To be asked before each write: a process that was stopped learns it here. */
  get isLeader(): boolean {
    return this.#options.now() < this.#leadsUntil;
  }

  /**
   * Calls `lead` each time this replica becomes the leader, until `signal` is aborted. The signal that `lead` gets is
   * aborted before another replica can take the Lease; the Lease is given back when `lead` has ended in order.
   */
  async run(lead: (signal: AbortSignal) => Promise<void>, signal: AbortSignal): Promise<void> {
    const { log, sleep, times, identity } = this.#options;
    while (!signal.aborted) {
      if (await this.#tryAcquire(signal)) {
        log.info({ identity }, "Leadership is acquired");
        await this.#hold(lead, signal);
        log.info({ identity }, "Leadership is over");
      } else {
        await sleep(times.retryMs, signal);
      }
    }
  }

  async #hold(lead: (signal: AbortSignal) => Promise<void>, signal: AbortSignal): Promise<void> {
    const term = new AbortController();
    const end = () => term.abort();
    signal.addEventListener("abort", end);
    if (signal.aborted) end();
    const work = lead(term.signal).then(
      () => undefined,
      (error: unknown) => (term.signal.aborted ? undefined : { error }),
    );
    void work.then(end);
    await this.#keepRenewing(term);
    end();
    this.#leadsUntil = 0;
    signal.removeEventListener("abort", end);
    const failure = await work;
    if (failure !== undefined) throw failure.error;
    if (signal.aborted) await this.#release();
  }

  async #keepRenewing(term: AbortController): Promise<void> {
    const { now, sleep, times, log } = this.#options;
    while (!term.signal.aborted) {
      await sleep(Math.min(times.retryMs, Math.max(this.#leadsUntil - now(), 0)), term.signal);
      if (term.signal.aborted) return;
      const remainingMs = Math.floor(this.#leadsUntil - now());
      const isRenewed =
        remainingMs > 0 &&
        (await this.#tryAcquire(AbortSignal.any([term.signal, AbortSignal.timeout(remainingMs)])));
      if (isRenewed || (!this.#heldByOther() && this.isLeader)) continue;
      if (!term.signal.aborted) log.warn("Leadership could not be renewed in time");
      return;
    }
  }

  /** Takes or renews the Lease. */
  async #tryAcquire(signal: AbortSignal): Promise<boolean> {
    const { store, now, log, times } = this.#options;
    try {
      if (!this.#isOurs()) this.#observe(await store.read(signal));
      const startedAt = now();
      if (this.#lease !== undefined && !this.#isOurs() && !this.#isFree()) return false;
      const spec = this.#nextSpec();
      const written =
        this.#lease === undefined
          ? await store.create(spec, signal)
          : await store.replace({ ...this.#lease, spec }, signal);
      this.#lease = written;
      this.#seenAt = startedAt;
      this.#leadsUntil = startedAt + times.renewDeadlineMs;
      return true;
    } catch (error) {
      if (isConflict(error)) await this.#observeQuietly(signal);
      else if (isNotFound(error)) this.#lease = undefined;
      else if (!signal.aborted) log.warn({ error: messageOf(error) }, "Lease could not be written");
      return false;
    }
  }

  async #observeQuietly(signal: AbortSignal): Promise<void> {
    this.#observe(await this.#options.store.read(signal).catch(() => this.#lease));
  }

  #observe(lease: Lease | undefined): void {
    const changed = lease?.metadata.resourceVersion !== this.#lease?.metadata.resourceVersion;
    if (changed) this.#seenAt = this.#options.now();
    this.#lease = lease;
  }

  #isOurs(): boolean {
    return this.#lease?.spec.holderIdentity === this.#options.identity;
  }

  #heldByOther(): boolean {
    return this.#lease !== undefined && !this.#isOurs();
  }

  #isFree(): boolean {
    const { holderIdentity, leaseDurationSeconds = 0 } = this.#lease?.spec ?? {};
    return !holderIdentity || this.#options.now() > this.#seenAt + leaseDurationSeconds * 1_000;
  }

  #nextSpec(): LeaseSpec {
    const { identity, times } = this.#options;
    const before = this.#lease?.spec ?? {};
    const renewTime = new Date().toISOString().replace("Z", "000Z");
    const leaseDurationSeconds = Math.ceil(times.leaseMs / 1_000);
    if (this.#isOurs()) return { ...before, renewTime, leaseDurationSeconds };
    return {
      holderIdentity: identity,
      leaseDurationSeconds,
      acquireTime: renewTime,
      renewTime,
      leaseTransitions: (before.leaseTransitions ?? -1) + 1,
    };
  }

  async #release(): Promise<void> {
    const { store, times, log } = this.#options;
    if (this.#lease === undefined || !this.#isOurs()) return;
    const spec = { ...this.#lease.spec, holderIdentity: "", leaseDurationSeconds: 1 };
    try {
      await store.replace({ ...this.#lease, spec }, AbortSignal.timeout(times.retryMs));
    } catch (error) {
      log.warn({ error: messageOf(error) }, "Lease could not be given back");
    }
  }
}

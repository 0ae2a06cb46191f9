import pino from "pino";
import { expect, test } from "vitest";
import { ApiError } from "./api-error.ts";
import { LeaderElection } from "./leader-election.ts";
import type { Lease, LeaseSpec, LeaseStore } from "./leases.ts";

const TIMES = { leaseMs: 10_000, renewDeadlineMs: 6_000, retryMs: 1_500 };
const log = pino({ level: "silent" });

/** Time that passes only when everybody waits. */
class VirtualTime {
  #now = 0;
  readonly #sleepers: { at: number; wake: () => void }[] = [];

  readonly now = () => this.#now;

  readonly sleep = (milliseconds: number, signal: AbortSignal): Promise<void> =>
    new Promise((resolve) => {
      const wake = () => {
        signal.removeEventListener("abort", wake);
        resolve();
      };
      if (signal.aborted) return wake();
      signal.addEventListener("abort", wake);
      this.#sleepers.push({ at: this.#now + milliseconds, wake });
    });

  async pass(milliseconds: number): Promise<void> {
    const end = this.#now + milliseconds;
    for (;;) {
      await new Promise((resolve) => setImmediate(resolve));
      this.#sleepers.sort((a, b) => a.at - b.at);
      const next = this.#sleepers[0];
      if (next === undefined || next.at > end) break;
      this.#sleepers.shift();
      this.#now = Math.max(this.#now, next.at);
      next.wake();
    }
    this.#now = end;
  }
}

/** One Lease as an API server keeps it; each replica has its own line to it. */
class SharedLease {
  lease: Lease | undefined;
  #version = 0;

  line(): LeaseStore & { isCut: boolean } {
    const check = () => {
      if (line.isCut) throw new Error("connection refused");
    };
    const line = {
      isCut: false,
      read: async () => {
        check();
        return this.lease;
      },
      create: async (spec: LeaseSpec) => {
        check();
        if (this.lease !== undefined) throw new ApiError(409, "exists");
        return this.#write(spec);
      },
      replace: async ({ metadata, spec }: Lease) => {
        check();
        if (this.lease === undefined) throw new ApiError(404, "not found");
        if (metadata.resourceVersion !== this.lease.metadata.resourceVersion)
          throw new ApiError(409, "changed");
        return this.#write(spec);
      },
    };
    return line;
  }

  #write(spec: LeaseSpec): Lease {
    const metadata = { name: "tollgate", namespace: "default", resourceVersion: String(++this.#version) };
    this.lease = { apiVersion: "coordination.k8s.io/v1", kind: "Lease", metadata, spec };
    return this.lease;
  }
}

interface Candidate {
  line: ReturnType<SharedLease["line"]>;
  election: LeaderElection;
  /** Whether it works as a leader. */
  leads: boolean;
  end: AbortController;
  ended: Promise<void>;
}

function candidate(time: VirtualTime, lease: SharedLease, identity: string): Candidate {
  const line = lease.line();
  const end = new AbortController();
  const election = new LeaderElection({
    ...{ store: line, identity, times: TIMES, log },
    ...{ now: time.now, sleep: time.sleep },
  });
  const self: Candidate = { line, election, leads: false, end, ended: Promise.resolve() };
  self.ended = election.run(async (term) => {
    self.leads = true;
    await new Promise((resolve) => term.addEventListener("abort", resolve, { once: true }));
    self.leads = false;
  }, end.signal);
  return self;
}

function world(): { time: VirtualTime; lease: SharedLease; first: Candidate; second: Candidate } {
  const [time, lease] = [new VirtualTime(), new SharedLease()];
  return { time, lease, first: candidate(time, lease, "first"), second: candidate(time, lease, "second") };
}

test("exactly one of two replicas leads, for as long as it renews", async () => {
  const { time, first, second } = world();
  for (let passed = 0; passed < 60; passed++) {
    await time.pass(1_000);
    expect([first.leads, second.leads].filter(Boolean)).toHaveLength(1);
    expect(first.election.isLeader).toBe(first.leads);
  }
  expect(first.leads).toBe(true);
});

test("a leader that is cut off stops before another one begins, which is within 15 s", async () => {
  const { time, first, second } = world();
  await time.pass(5_000);
  first.line.isCut = true;
  let takenOverAfter: number | undefined;
  for (let passed = 0; passed < 20_000; passed += 100) {
    await time.pass(100);
    expect(first.leads && second.leads).toBe(false);
    expect(first.election.isLeader && second.election.isLeader).toBe(false);
    if (second.leads) takenOverAfter ??= passed;
  }
  expect(takenOverAfter).toBeLessThan(15_000);
  first.line.isCut = false;
  await time.pass(20_000);
  expect([first.leads, second.leads]).toEqual([false, true]);
});

test("a leader that could not renew for a while, but in time, goes on", async () => {
  const { time, first } = world();
  await time.pass(5_000);
  first.line.isCut = true;
  await time.pass(3_000);
  first.line.isCut = false;
  await time.pass(10_000);
  expect(first.leads).toBe(true);
});

test("a leader that ends in order gives the Lease back at once", async () => {
  const { time, lease, first, second } = world();
  await time.pass(5_000);
  first.end.abort();
  await first.ended;
  expect(first.leads).toBe(false);
  expect(lease.lease?.spec.holderIdentity).toBe("");
  await time.pass(TIMES.retryMs);
  expect(second.leads).toBe(true);
});

test("a Lease that somebody deletes is made anew", async () => {
  const { time, lease, first, second } = world();
  await time.pass(5_000);
  lease.lease = undefined;
  await time.pass(20_000);
  expect([first.leads, second.leads].filter(Boolean)).toHaveLength(1);
  expect(lease.lease).toBeDefined();
});

test("a failure of the leader's work ends the run", async () => {
  const [time, lease] = [new VirtualTime(), new SharedLease()];
  const election = new LeaderElection({
    ...{ store: lease.line(), identity: "only", times: TIMES, log },
    ...{ now: time.now, sleep: time.sleep },
  });
  const run = election.run(async () => {
    throw new Error("broken");
  }, new AbortController().signal);
  await expect(run).rejects.toThrow("broken");
});

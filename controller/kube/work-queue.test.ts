import { setTimeout as delay } from "node:timers/promises";
import { afterEach, expect, test } from "vitest";
import { ApiError } from "./api-error.ts";
import { WorkQueue, type WorkQueueOptions } from "./work-queue.ts";

let end = new AbortController();
let running: Promise<void> = Promise.resolve();

afterEach(async () => {
  end.abort();
  await running;
  end = new AbortController();
});

function start(options: Partial<WorkQueueOptions> & Pick<WorkQueueOptions, "work">): WorkQueue {
  const queue = new WorkQueue({
    concurrency: 2,
    retriesPerSecond: 1_000,
    retryBurst: 1_000,
    firstRetryMs: 1,
    retryCeilingMs: 4,
    onFailure: () => {},
    ...options,
  });
  running = queue.run(end.signal);
  return queue;
}

/** Resolves when `log` holds so many entries. */
async function until(log: readonly unknown[], length: number): Promise<void> {
  await expect.poll(() => log.length, { timeout: 5_000, interval: 1 }).toBeGreaterThanOrEqual(length);
}

test("a key that is asked for while it waits is worked on once", async () => {
  const done: string[] = [];
  const queue = start({ work: async (key) => void done.push(key) });
  for (const key of ["a", "b", "a", "a"]) queue.add(key);
  await until(done, 2);
  await delay(5);
  expect(done).toEqual(["a", "b"]);
});

test("a key that is asked for while it is worked on is worked on once more, not at the same time", async () => {
  const log: string[] = [];
  const queue = start({
    work: async (key) => {
      log.push(`begin ${key}`);
      if (log.length === 1) for (let count = 0; count < 3; count++) queue.add(key);
      await delay(2);
      log.push(`end ${key}`);
    },
  });
  queue.add("a");
  await until(log, 4);
  await delay(5);
  expect(log).toEqual(["begin a", "end a", "begin a", "end a"]);
});

test("urgent keys come first, and no key is worked on twice for it", async () => {
  const done: string[] = [];
  const queue = start({ concurrency: 1, work: async (key) => void done.push(key) });
  for (const key of ["a", "b", "c"]) queue.add(key);
  queue.addUrgent("c");
  queue.add("c");
  queue.addUrgent("d");
  await until(done, 4);
  await delay(5);
  expect(done).toEqual(["c", "d", "a", "b"]);
});

test("no more keys are worked on at the same time than allowed", async () => {
  let busy = 0;
  const seen: number[] = [];
  const queue = start({
    concurrency: 3,
    work: async () => {
      seen.push(++busy);
      await delay(1);
      busy--;
    },
  });
  for (let key = 0; key < 20; key++) queue.add(String(key));
  await until(seen, 20);
  expect(Math.max(...seen)).toBe(3);
});

test("what fails is tried again, each time after a longer while, until it succeeds", async () => {
  const delays: number[] = [];
  const done: string[] = [];
  const queue = start({
    firstRetryMs: 2,
    retryCeilingMs: 8,
    work: async (key) => {
      if (delays.length < 4) throw new Error("not yet");
      done.push(key);
    },
    onFailure: (_key, _error, retryMs) => delays.push(retryMs),
  });
  queue.add("a");
  await until(done, 1);
  const steps = [2, 4, 8, 8];
  for (const [index, step] of steps.entries()) {
    expect(delays[index]).toBeGreaterThanOrEqual(step / 2);
    expect(delays[index]).toBeLessThanOrEqual(step);
  }
});

test("the API server's own Retry-After is respected", async () => {
  const delays: number[] = [];
  const queue = start({
    work: async () => {
      throw new ApiError(429, "too many requests", 3);
    },
    onFailure: (_key, _error, retryMs) => delays.push(retryMs),
  });
  queue.add("a");
  await until(delays, 1);
  expect(delays[0]).toBeGreaterThanOrEqual(3_000);
});

test("of two delays the shorter one counts", async () => {
  const done: string[] = [];
  const queue = start({ work: async (key) => void done.push(key) });
  queue.addAfter("a", 60_000);
  queue.addAfter("a", 1);
  queue.addAfter("a", 60_000);
  await until(done, 1);
});

test("the end of the run is told to work under way, and waited for", async () => {
  const log: string[] = [];
  const queue = start({
    work: async (_key, signal) => {
      log.push("begin");
      await delay(60_000, undefined, { signal }).catch(() => log.push("told"));
    },
  });
  queue.add("a");
  await until(log, 1);
  end.abort();
  await running;
  expect(log).toEqual(["begin", "told"]);
});

test("work that never waits lets timers through", async () => {
  const queue = start({ work: async (key) => queue.add(`${key}x`.slice(-50)) });
  queue.add("a");
  await delay(20);
});

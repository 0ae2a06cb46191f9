/** Work by key: each key waits at most once, and is worked on by one worker at a time. */
import { setImmediate as nextTurn } from "node:timers/promises";
import { ApiError } from "./api-error.ts";
import { Backoff } from "./backoff.ts";
import { TokenBucket } from "./token-bucket.ts";

export interface WorkQueueOptions {
  /** Keys that are worked on at the same time. */
  concurrency: number;
  /** Retries of all keys together in one second, and those that may come at once. */
  retriesPerSecond: number;
  retryBurst: number;
  /** Delay after the first failure of a key, and the longest one. */
  firstRetryMs: number;
  retryCeilingMs: number;
  /** Does the work of one key; rejects to be called again later. */
  work: (key: string, signal: AbortSignal) => Promise<void>;
  /** Told of each failure, with the delay before the next attempt. */
  onFailure: (key: string, error: unknown, retryMs: number) => void;
}

/** Longest time of work without a turn for everything else. */
const SLICE_MS = 10;

/** A deduplicating, rate-limited queue with a back-off for each key. */
export class WorkQueue {
  readonly #options: WorkQueueOptions;
  readonly #bucket: TokenBucket;
  readonly #urgent = new Set<string>();
  readonly #waiting = new Set<string>();
  readonly #running = new Set<string>();
  readonly #timers = new Map<string, { timer: NodeJS.Timeout; at: number }>();
  readonly #backoffs = new Map<string, Backoff>();
  #wake = () => {};

  constructor(options: WorkQueueOptions) {
    this.#options = options;
    this.#bucket = new TokenBucket(options.retriesPerSecond, options.retryBurst);
  }

  /** Keys that wait or are worked on, without those that are delayed. */
  get depth(): number {
    return this.#urgent.size + this.#waiting.size + this.#running.size;
  }

  /** Asks for the work of a key. What is asked for while the key is worked on is done afterwards. */
  add(key: string): void {
    if (!this.#urgent.has(key)) this.#waiting.add(key);
    this.#wake();
  }

  /** As `add`, before everything that is not urgent. */
  addUrgent(key: string): void {
    this.#waiting.delete(key);
    this.#urgent.add(key);
    this.#wake();
  }

  /** Asks for the work of a key after `delayMs`, or earlier when it was asked for earlier. */
  addAfter(key: string, delayMs: number): void {
    const at = performance.now() + delayMs;
    const known = this.#timers.get(key);
    if (known !== undefined && known.at <= at) return;
    clearTimeout(known?.timer);
    const timer = setTimeout(() => {
      this.#timers.delete(key);
      this.add(key);
    }, delayMs);
    this.#timers.set(key, { timer, at });
  }

  /** Works until `signal` is aborted; settles when no work runs any more. Keys that wait are forgotten then. */
  async run(signal: AbortSignal): Promise<void> {
    const wake = () => this.#wake();
    signal.addEventListener("abort", wake, { once: true });
    const inFlight = new Set<Promise<void>>();
    let sliceEnd = performance.now() + SLICE_MS;
    while (!signal.aborted) {
      const key = inFlight.size < this.#options.concurrency ? this.#takeKey() : undefined;
      if (key === undefined) {
        await this.#nextWake();
        continue;
      }
      sliceEnd = await this.#yieldAfter(sliceEnd);
      const work = this.#workOn(key, signal).finally(() => {
        inFlight.delete(work);
        wake();
      });
      inFlight.add(work);
    }
    await Promise.all(inFlight);
    this.#clear();
  }

  /** Work that never waits for anything would keep timers and connections from being served. */
  async #yieldAfter(sliceEnd: number): Promise<number> {
    if (performance.now() < sliceEnd) return sliceEnd;
    await nextTurn();
    return performance.now() + SLICE_MS;
  }

  #takeKey(): string | undefined {
    for (const keys of [this.#urgent, this.#waiting]) {
      for (const key of keys) {
        if (this.#running.has(key)) continue;
        keys.delete(key);
        return key;
      }
    }
    return undefined;
  }

  #nextWake(): Promise<void> {
    return new Promise((resolve) => {
      this.#wake = resolve;
    });
  }

  async #workOn(key: string, signal: AbortSignal): Promise<void> {
    if (signal.aborted) return;
    const { work, onFailure } = this.#options;
    this.#running.add(key);
    try {
      await work(key, signal);
      this.#backoffs.delete(key);
    } catch (error) {
      if (signal.aborted) return;
      const retryMs = Math.max(this.#backoffOf(key).next(), this.#bucket.reserve(), retryAfterMs(error));
      onFailure(key, error, retryMs);
      this.addAfter(key, retryMs);
    } finally {
      this.#running.delete(key);
    }
  }

  #backoffOf(key: string): Backoff {
    const { firstRetryMs, retryCeilingMs } = this.#options;
    const backoff =
      this.#backoffs.get(key) ?? new Backoff({ firstMs: firstRetryMs, ceilingMs: retryCeilingMs });
    this.#backoffs.set(key, backoff);
    return backoff;
  }

  #clear(): void {
    for (const { timer } of this.#timers.values()) clearTimeout(timer);
    this.#timers.clear();
    this.#urgent.clear();
    this.#waiting.clear();
    this.#backoffs.clear();
  }
}

function retryAfterMs(error: unknown): number {
  return error instanceof ApiError ? (error.retryAfterSeconds ?? 0) * 1_000 : 0;
}

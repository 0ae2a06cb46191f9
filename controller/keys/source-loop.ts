import type { PluginKey } from "../api/plugin-config.ts";
import { messageOf } from "../errors.ts";
import type { Logger } from "../log.ts";
import type { Clock } from "./clock.ts";
import type { RefusedKey } from "./prepare.ts";
import type { SourceKeys } from "./source-fetcher.ts";

/** Shortest time between the starts of two fetches of one source that are asked for from outside. */
const MIN_REFRESH_INTERVAL_MS = 1_000;

const FIRST_RETRY_MS = 1_000;

/** What a loop works with. */
export interface SourceLoopOptions {
  fetcher: { fetch(signal?: AbortSignal): Promise<SourceKeys> };
  /** Longest time between two attempts while the source fails, in milliseconds. */
  retryCeilingMs: number;
  clock: Clock;
  /** From 0 to 1, for the jitter of retries. */
  random: () => number;
  log: Logger;
  onChange: () => void;
  /** Called when the source begins or ceases to fail. */
  onHealth?: () => void;
}

/** Keeps the keys of one source fresh, and the last good ones while it fails. One fetch runs at a time. */
export class SourceLoop {
  readonly #options: SourceLoopOptions;
  readonly #ended = new AbortController();
  /** Settles when the source has been asked once, with success or without. */
  readonly attempted: Promise<void>;
  #settleAttempted = () => {};
  #keys: readonly PluginKey[] = [];
  #refusedBefore = "[]";
  #failures = 0;
  #failure: string | undefined;
  #running = false;
  /** Whether a fetch was asked for while one was running, which may have missed what is new. */
  #wantedAgain = false;
  #startedAt = Number.NEGATIVE_INFINITY;
  #dueAt = Number.POSITIVE_INFINITY;
  #cancelTimer = () => {};

  constructor(options: SourceLoopOptions) {
    this.#options = options;
    this.attempted = new Promise((resolve) => {
      this.#settleAttempted = resolve;
    });
    this.#scheduleAt(options.clock.now());
  }

  /** The last good keys; empty while there were none. */
  get keys(): readonly PluginKey[] {
    return this.#keys;
  }

  /** Why the last attempt has failed; undefined when it has not. */
  get failure(): string | undefined {
    return this.#failure;
  }

  /** Asks for a fetch soon. The next one starts at most once in `MIN_REFRESH_INTERVAL_MS`. */
  refresh(): void {
    const allowedAt = Math.max(this.#options.clock.now(), this.#startedAt + MIN_REFRESH_INTERVAL_MS);
    if (this.#running) this.#wantedAgain = true;
    else if (allowedAt < this.#dueAt) this.#scheduleAt(allowedAt);
  }

  /** Ends the loop and a fetch that runs. */
  close(): void {
    this.#cancelTimer();
    this.#ended.abort();
    this.#settleAttempted();
  }

  #scheduleAt(time: number): void {
    if (this.#ended.signal.aborted) return;
    this.#cancelTimer();
    this.#dueAt = time;
    this.#cancelTimer = this.#options.clock.schedule(
      time - this.#options.clock.now(),
      () => void this.#run(),
    );
  }

  async #run(): Promise<void> {
    this.#running = true;
    this.#startedAt = this.#options.clock.now();
    const delayMs = await this.#attempt();
    this.#running = false;
    this.#settleAttempted();
    this.#scheduleAt(this.#options.clock.now() + delayMs);
    if (!this.#wantedAgain) return;
    this.#wantedAgain = false;
    this.refresh();
  }

  /** @returns milliseconds until the next attempt */
  async #attempt(): Promise<number> {
    const { fetcher, log } = this.#options;
    try {
      const { keys, refused, freshSeconds } = await fetcher.fetch(this.#ended.signal);
      if (this.#failures > 0) log.info("Keys are fetched again");
      this.#failures = 0;
      this.#report(refused);
      this.#accept(keys);
      this.#setFailure(undefined);
      return freshSeconds * 1_000;
    } catch (error) {
      const retryMs = this.#retryDelay();
      if (!this.#ended.signal.aborted) {
        const fields = {
          error: messageOf(error),
          retrySeconds: Math.round(retryMs / 1_000),
          keysKept: this.#keys.length,
        };
        log.warn(fields, "Keys could not be fetched");
        this.#setFailure(messageOf(error));
      }
      return retryMs;
    }
  }

  #accept(keys: readonly PluginKey[]): void {
    if (this.#ended.signal.aborted || JSON.stringify(keys) === JSON.stringify(this.#keys)) return;
    this.#keys = keys;
    this.#options.onChange();
  }

  #setFailure(failure: string | undefined): void {
    const flips = (failure === undefined) !== (this.#failure === undefined);
    this.#failure = failure;
    if (flips) this.#options.onHealth?.();
  }

  #report(refused: readonly RefusedKey[]): void {
    const text = JSON.stringify(refused);
    if (text !== this.#refusedBefore && refused.length > 0)
      this.#options.log.warn({ refused }, "Keys were refused");
    this.#refusedBefore = text;
  }

  /** Exponential back-off with equal jitter: between half and the whole of the current step. */
  #retryDelay(): number {
    const step = Math.min(FIRST_RETRY_MS * 2 ** this.#failures, this.#options.retryCeilingMs);
    this.#failures = Math.min(this.#failures + 1, 30);
    return step / 2 + (step / 2) * this.#options.random();
  }
}

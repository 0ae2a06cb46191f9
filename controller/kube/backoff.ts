/** Delays between attempts that fail. */

export interface BackoffOptions {
  firstMs: number;
  ceilingMs: number;
  /** From 0 to 1. */
  random?: () => number;
}

/** Exponential back-off with equal jitter: each delay is between half and the whole of its step. */
export class Backoff {
  readonly #options: BackoffOptions;
  #failures = 0;

  constructor(options: BackoffOptions) {
    this.#options = options;
  }

  /** Milliseconds to wait after one more failure. */
  next(): number {
    const { firstMs, ceilingMs, random = Math.random } = this.#options;
    const step = Math.min(firstMs * 2 ** this.#failures, ceilingMs);
    this.#failures = Math.min(this.#failures + 1, 30);
    return step / 2 + (step / 2) * random();
  }

  /** To be called after a success. */
  reset(): void {
    this.#failures = 0;
  }
}

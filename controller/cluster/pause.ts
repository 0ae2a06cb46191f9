/** A wait that can be ended from outside. */
export class Pause {
  #wake = () => {};
  #ended = false;

  /** Waits, but no longer than until `end` is called or `signal` is aborted. */
  async wait(milliseconds: number, signal: AbortSignal): Promise<void> {
    if (this.#ended || signal.aborted) {
      this.#ended = false;
      return;
    }
    await new Promise<void>((resolve) => {
      const timer = setTimeout(resolve, milliseconds);
      this.#wake = () => {
        clearTimeout(timer);
        signal.removeEventListener("abort", this.#wake);
        resolve();
      };
      signal.addEventListener("abort", this.#wake);
    });
    signal.removeEventListener("abort", this.#wake);
    this.#ended = false;
  }

  /** Ends the wait that runs, or the next one before it begins. */
  end(): void {
    this.#ended = true;
    this.#wake();
  }
}

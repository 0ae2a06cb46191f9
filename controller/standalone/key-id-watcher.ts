import { COUNTER_PREFIX } from "../api/counters.ts";
import { type AdminClient, sumOf } from "./admin.ts";

const INTERVAL_MS = 1_000;
const COUNTER = new RegExp(`^wasmcustom\\.${COUNTER_PREFIX.replace(".", "\\.")}unknown_key_ids$`);

/** Calls back when the filter has met tokens whose `kid` it does not know: the issuer may have new keys. */
export class KeyIdWatcher {
  readonly #timer: NodeJS.Timeout;
  #seen = 0;

  constructor(admin: AdminClient, onUnknown: () => void) {
    this.#timer = setInterval(() => void this.#poll(admin, onUnknown), INTERVAL_MS);
  }

  /** Ends the polling. */
  close(): void {
    clearInterval(this.#timer);
  }

  async #poll(admin: AdminClient, onUnknown: () => void): Promise<void> {
    try {
      const count = sumOf(await admin.stats(COUNTER), COUNTER);
      if (count > this.#seen) onUnknown();
      this.#seen = count;
    } catch {
      // Envoy is busy or ending, which its owner notices by itself.
    }
  }
}

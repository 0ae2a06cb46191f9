import { COUNTER_PREFIX } from "../api/counters.ts";
import { ID_LENGTH } from "../api/plugin-config.ts";
import type { AdminClient } from "./admin.ts";

const INTERVAL_MS = 500;
const COUNTER = new RegExp(
  `^wasmcustom\\.${COUNTER_PREFIX.replace(".", "\\.")}key_sets\\.([0-9a-f]{${ID_LENGTH}})\\.fetches_wanted$`,
);

/** Calls back with the id of each key set that the filter wants to be fetched: its issuer may have new keys. */
export class KeyIdWatcher {
  readonly #timer: NodeJS.Timeout;
  readonly #seen = new Map<string, number>();
  #isPolling = false;

  constructor(admin: AdminClient, onWanted: (keySet: string) => void) {
    this.#timer = setInterval(() => void this.#poll(admin, onWanted), INTERVAL_MS);
  }

  /** Ends the polling. */
  close(): void {
    clearInterval(this.#timer);
  }

  async #poll(admin: AdminClient, onWanted: (keySet: string) => void): Promise<void> {
    if (this.#isPolling) return;
    this.#isPolling = true;
    try {
      for (const [name, value] of await admin.stats(COUNTER)) {
        const keySet = COUNTER.exec(name)?.[1];
        if (keySet === undefined) continue;
        if (Number(value) > (this.#seen.get(keySet) ?? 0)) onWanted(keySet);
        this.#seen.set(keySet, Number(value));
      }
    } catch {
      // Envoy is busy or ending, which its owner notices by itself.
    } finally {
      this.#isPolling = false;
    }
  }
}

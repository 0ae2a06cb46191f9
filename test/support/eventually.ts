import { setTimeout as delay } from "node:timers/promises";

const POLL_INTERVAL_MS = 20;

/**
 * Repeats a check until it passes, and resolves with the milliseconds that took.
 * @throws what the check threw last, once `withinMs` have passed
 */
export async function eventually(check: () => Promise<void>, withinMs: number): Promise<number> {
  const start = performance.now();
  for (;;) {
    try {
      await check();
      return performance.now() - start;
    } catch (error) {
      if (performance.now() - start > withinMs) throw error;
      await delay(POLL_INTERVAL_MS);
    }
  }
}

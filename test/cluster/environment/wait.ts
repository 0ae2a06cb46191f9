import { setTimeout as delay } from "node:timers/promises";

const POLL_INTERVAL_MS = 50;

/** Repeats a check until it holds; false when it has not within that time. */
export async function holdsWithin(timeoutMs: number, check: () => Promise<boolean>): Promise<boolean> {
  const start = performance.now();
  while (!(await check())) {
    if (performance.now() - start > timeoutMs) return false;
    await delay(POLL_INTERVAL_MS);
  }
  return true;
}

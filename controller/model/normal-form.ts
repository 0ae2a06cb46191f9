/** Lists in the one order that equal contents have. */
import { canonicalJson, type JsonValue } from "./ids.ts";

/** The distinct entries, sorted by their canonical JSON. */
export function normalised<T extends JsonValue>(entries: readonly T[]): T[] {
  const byContent = new Map(entries.map((entry) => [canonicalJson(entry), entry]));
  return [...byContent].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, entry]) => entry);
}

/** The distinct values, sorted. */
export function sortedUnique(values: readonly string[]): string[] {
  return [...new Set(values)].sort();
}

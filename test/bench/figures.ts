/** What a benchmark has measured, beside what it is meant to reach. */
import { formatTable } from "./table.ts";

/** One line of a report. */
export interface Figure {
  what: string;
  value: number;
  unit: string;
  /** The value is to be at most this. */
  goal?: number;
}

/** All figures as a table. */
export function formatFigures(figures: readonly Figure[]): string {
  const rows = figures.map(({ what, value, unit, goal }) => [
    what,
    `${format(value)} ${unit}`,
    goal === undefined ? "–" : `${format(goal)} ${unit}`,
    goal === undefined ? "" : value <= goal ? "met" : "MISSED",
  ]);
  return formatTable([["figure", "measured", "at most", ""], ...rows]).join("\n");
}

/** The value below which that share of all values is; the largest one for a share of 1. */
export function quantile(values: readonly number[], share: number): number {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.max(Math.ceil(share * sorted.length) - 1, 0)] ?? Number.NaN;
}

function format(value: number): string {
  return value.toLocaleString("en", { maximumFractionDigits: value < 10 ? 2 : value < 1_000 ? 1 : 0 });
}

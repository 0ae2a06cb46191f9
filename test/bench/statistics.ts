/** Order statistics of a few rounds. */

export interface Summary {
  median: number;
  min: number;
  max: number;
}

/** Median, smallest and largest of at least one value. */
export function summarize(values: readonly number[]): Summary {
  const sorted = values.toSorted((a, b) => a - b);
  const at = (index: number): number => sorted[index] ?? Number.NaN;
  const middle = (sorted.length - 1) / 2;
  return {
    median: (at(Math.floor(middle)) + at(Math.ceil(middle))) / 2,
    min: at(0),
    max: at(sorted.length - 1),
  };
}

/** `values[i] - baseline[i]`: drift of the machine from round to round falls out. */
export function pairedDifferences(values: readonly number[], baseline: readonly number[]): number[] {
  return values.map((value, round) => value - (baseline[round] ?? Number.NaN));
}

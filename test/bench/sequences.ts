/** Orders in which a measurement goes through things. */

/** Each call gives the next item; the first follows the last. */
export function cycle<T>(items: readonly T[]): () => T {
  let index = 0;
  return () => {
    const item = items[index % items.length];
    if (item === undefined) throw new RangeError("nothing to cycle over");
    index += 1;
    return item;
  };
}

/** The items from the `by`-th on, and then those before it. */
export function rotate<T>(items: readonly T[], by: number): T[] {
  const start = by % items.length;
  return [...items.slice(start), ...items.slice(0, start)];
}

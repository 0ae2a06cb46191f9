/** Chance that can be repeated: equal seeds give equal sequences (sfc32 of Doty-Humphrey, seeded by SHA-256). */
import { createHash } from "node:crypto";

export class Random {
  readonly #state: Uint32Array;

  constructor(seed: string) {
    const hash = createHash("sha256").update(seed).digest();
    this.#state = Uint32Array.from({ length: 4 }, (_, index) => hash.readUInt32LE(index * 4));
    for (let round = 0; round < 12; round++) this.#next();
  }

  #next(): number {
    const state = this.#state;
    const [a = 0, b = 0, c = 0, counter = 0] = state;
    const result = (a + b + counter) >>> 0;
    state[3] = counter + 1;
    state[0] = b ^ (b >>> 9);
    state[1] = c + (c << 3);
    state[2] = ((c << 21) | (c >>> 11)) + result;
    return result;
  }

  /** An integer in [0, bound). */
  below(bound: number): number {
    return Math.floor((this.#next() / 0x1_0000_0000) * bound);
  }

  /** True once in `odds` times. */
  oneIn(odds: number): boolean {
    return this.below(odds) === 0;
  }

  /** @throws RangeError where there is nothing to pick from */
  pick<T>(list: readonly T[]): T {
    if (list.length === 0) throw new RangeError("nothing to pick from");
    return list[this.below(list.length)] as T;
  }

  /** Small numbers are likelier than large ones, up to `bound` exclusive. */
  size(bound: number): number {
    return this.below(this.below(bound) + 1);
  }
}

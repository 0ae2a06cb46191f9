/** Which of the kinds that somebody else installs are there. */
import type { ResourceType } from "../kube/resource-type.ts";

interface Look {
  /** Name of the CRD. */
  crd: string;
  /** Undefined until the API server has answered. */
  isServed: boolean | undefined;
}

/** Kinds without which nothing can be done. A kind counts as missing while any of those who look for it misses it. */
export class Dependencies {
  readonly #looks: Look[] = [];
  #missing: readonly string[] = [];
  #change = new AbortController();
  #setKnown = () => {};
  /** Settles when it is known of every kind whether it is there. */
  readonly known = new Promise<void>((resolve) => {
    this.#setKnown = resolve;
  });

  /** Adds somebody who looks for a kind; what this returns is to be told what was seen. */
  add({ plural, group }: ResourceType): (isServed: boolean) => void {
    const look: Look = { crd: `${plural}.${group}`, isServed: undefined };
    this.#looks.push(look);
    return (isServed) => {
      look.isServed = isServed;
      this.#update();
    };
  }

  /** Names of the CRDs that are missing, sorted, each once. */
  get missing(): readonly string[] {
    return this.#missing;
  }

  /** Aborted as soon as `missing` is another. */
  get changed(): AbortSignal {
    return this.#change.signal;
  }

  #update(): void {
    if (this.#looks.every(({ isServed }) => isServed !== undefined)) this.#setKnown();
    const missing = this.#looks.filter(({ isServed }) => isServed === false).map(({ crd }) => crd);
    const before = this.#missing.join();
    this.#missing = [...new Set(missing)].sort();
    if (this.#missing.join() === before) return;
    const change = this.#change;
    this.#change = new AbortController();
    change.abort();
  }
}

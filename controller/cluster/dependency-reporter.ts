/** What the leader does while CRDs are missing. */
import { cacheKey, refOfKey } from "../kube/object-cache.ts";
import type { WorkQueue } from "../kube/work-queue.ts";
import type { Logger } from "../log.ts";
import { assessDependenciesMissing } from "./assessment.ts";
import type { Caches } from "./caches.ts";
import type { StatusWriter } from "./status-writer.ts";

export interface DependencyReporterOptions {
  caches: Pick<Caches, "apiRules" | "dependencies">;
  statuses: StatusWriter;
  /** Makes the queue that does the work. */
  queue: (work: (key: string, signal: AbortSignal) => Promise<void>) => WorkQueue;
  log: Logger;
}

/** Tells every APIRule which CRDs are missing, and writes nothing else. */
export class DependencyReporter {
  readonly #options: DependencyReporterOptions;
  readonly #queue: WorkQueue;
  #isReporting = false;

  constructor(options: DependencyReporterOptions) {
    this.#options = options;
    this.#queue = options.queue((key, signal) => this.#report(key, signal));
    options.caches.apiRules.onChange((ref) => {
      if (this.#isReporting) this.#queue.add(cacheKey(ref));
    });
  }

  /** Tells it to all that are there or come, until `signal` is aborted; settles when no write is under way any more. */
  async run(signal: AbortSignal): Promise<void> {
    const { caches, log } = this.#options;
    log.warn({ crds: caches.dependencies.missing }, "CRDs are missing");
    this.#isReporting = true;
    for (const [ref] of caches.apiRules.entries()) this.#queue.add(cacheKey(ref));
    await this.#queue.run(signal);
    this.#isReporting = false;
  }

  async #report(key: string, signal: AbortSignal): Promise<void> {
    const { caches, statuses } = this.#options;
    const kept = caches.apiRules.get(refOfKey(key));
    if (kept === undefined) return;
    await statuses.write(kept, assessDependenciesMissing(caches.dependencies.missing), signal);
  }
}

/** Decides when a configuration that gateways do not take over is sent to them once more. */
import type { KubernetesObject } from "../api/resources.ts";

const ANNOTATION = "gateway.kyma-project.io/delivered-at";
const CEILING_MS = 600_000;

/**
 * A gateway that could not fetch the filter does not try again before its WasmPlugin changes. So the WasmPlugin is
 * changed, after a time that doubles with each attempt.
 */
export class Redelivery {
  readonly #firstMs: number;
  #attempt: { revision: string; since: number; waitMs: number } | undefined;

  constructor(firstMs: number) {
    this.#firstMs = firstMs;
  }

  /**
   * To be asked whenever the gateways may have changed: milliseconds until the next attempt, 0 for now. Undefined
   * when there is nothing to wait for.
   *
   * @param revision of the configuration
   * @param isLate whether a gateway answers without running it
   * @param now monotonic milliseconds
   */
  due(revision: string, isLate: boolean, now: number): number | undefined {
    if (!isLate || this.#attempt?.revision !== revision) this.#attempt = undefined;
    if (!isLate) return undefined;
    this.#attempt ??= { revision, since: now, waitMs: this.#firstMs };
    return Math.max(this.#attempt.since + this.#attempt.waitMs - now, 0);
  }

  /** To be called when an attempt is made. */
  attempted(now: number): void {
    if (this.#attempt === undefined) return;
    const waitMs = Math.min(this.#attempt.waitMs * 2, CEILING_MS);
    this.#attempt = { ...this.#attempt, since: now, waitMs };
  }
}

/** The object, different from any that was written before. */
export function delivered(object: KubernetesObject, at: Date): KubernetesObject {
  const annotations = { ...object.metadata.annotations, [ANNOTATION]: at.toISOString() };
  return { ...object, metadata: { ...object.metadata, annotations } };
}

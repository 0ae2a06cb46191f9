/** Which Gateways the same pods may serve, so that their routes stand side by side. */
import type { Gateway } from "../api/resources.ts";
import { canSharePods, type Selector, workloadSelector } from "./selector.ts";

/** Knows the labels of the pods of each Gateway; of one that it does not know it knows nothing. */
export class GatewayPods {
  readonly #selectors: ReadonlyMap<string, Selector>;

  constructor(gateways: readonly Gateway[] = []) {
    this.#selectors = new Map(
      gateways.map((gateway) => [
        `${gateway.metadata.namespace}/${gateway.metadata.name}`,
        workloadSelector(gateway),
      ]),
    );
  }

  /** Whether a pod may serve both Gateways, `namespace/name` each. */
  mayServe(one: string, other: string): boolean {
    if (one === other) return true;
    const [labels, otherLabels] = [this.#selectors.get(one), this.#selectors.get(other)];
    return labels !== undefined && otherLabels !== undefined && canSharePods(labels, otherLabels);
  }
}

/** Which Gateways the same pods may serve, so that their routes stand side by side, and what Istio serves at them. */
import type { Gateway } from "../api/resources.ts";
import { gatewayTakes } from "./hosts.ts";
import { canSharePods, type Selector, workloadSelector } from "./selector.ts";

/** Where gateway workloads are, unless something else is known. */
export const GATEWAY_NAMESPACE = "istio-system";

/** Where a VirtualService comes from. */
export interface Origin {
  namespace: string;
  /** Namespaces that it is for: `.` for its own, `~` for none, `*` for all; absent: all. */
  exportTo?: readonly string[];
}

export interface GatewayPodsOptions {
  /** Namespace of the pods. */
  namespace?: string | undefined;
  /** Whether one program serves all Gateways, whatever they select. */
  together?: boolean | undefined;
}

/** Knows the labels of the pods of each Gateway; of one that it does not know it knows nothing. */
export class GatewayPods {
  readonly #gateways: ReadonlyMap<string, Gateway> | undefined;
  readonly #selectors: ReadonlyMap<string, Selector>;
  readonly #namespace: string;
  readonly #together: boolean;

  /** @param gateways undefined where nothing is known of any */
  constructor(
    gateways: readonly Gateway[] | undefined,
    { namespace = GATEWAY_NAMESPACE, together = false }: GatewayPodsOptions = {},
  ) {
    const named = (gateways ?? []).map((gateway): [string, Gateway] => [
      `${gateway.metadata.namespace}/${gateway.metadata.name}`,
      gateway,
    ]);
    this.#gateways = gateways && new Map(named);
    this.#selectors = new Map(named.map(([name, gateway]) => [name, workloadSelector(gateway)]));
    this.#namespace = namespace;
    this.#together = together;
  }

  /** Whether a pod may serve both Gateways, `namespace/name` each. */
  mayServe(one: string, other: string): boolean {
    if (one === other) return true;
    const [labels, otherLabels] = [this.#selectors.get(one), this.#selectors.get(other)];
    return labels !== undefined && otherLabels !== undefined && canSharePods(labels, otherLabels);
  }

  /** Whether it is known that no pod serves both Gateways. */
  areApart(one: string, other: string): boolean {
    return this.#gateways !== undefined && !this.#together && !this.mayServe(one, other);
  }

  /** Whether Istio serves a host of a VirtualService at a Gateway that it names. */
  serves(gateway: string, host: string, origin: Origin): boolean {
    if (!this.#reaches(origin)) return false;
    if (this.#gateways === undefined) return true;
    const known = this.#gateways.get(gateway);
    return known !== undefined && gatewayTakes(known, host, origin.namespace);
  }

  #reaches({ namespace, exportTo = [] }: Origin): boolean {
    if (exportTo.length === 0) return true;
    return exportTo.some(
      (to) => to === "*" || to === this.#namespace || (to === "." && namespace === this.#namespace),
    );
  }
}

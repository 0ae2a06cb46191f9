/** The hosts that VirtualServices have at the gateways of a cluster. */
import type { GatewayPods, Origin } from "../../model/gateway-pods.ts";
import { HostIndex } from "../../model/host-index.ts";

/** What a VirtualService is to serve, and where. */
export interface ServedHost extends Origin {
  hosts: readonly string[];
  /** Gateways as `namespace/name`. */
  gateways: readonly string[];
}

/** What says which requests a VirtualService gets, wherever it comes from. */
export type Binding = Omit<ServedHost, "namespace">;

/** A text that is another one as soon as a VirtualService may get other requests. */
export function bindingOf(served: Binding | undefined): string {
  return JSON.stringify(served === undefined ? null : [served.hosts, served.gateways, served.exportTo]);
}

/** Holds VirtualServices by host. */
export class ServedHosts {
  readonly #index = new HostIndex<ServedHost>();

  /** Adds, replaces or takes out the VirtualService with a key. */
  set(key: string, served: ServedHost | undefined): void {
    if (served === undefined) this.#index.remove(key);
    else this.#index.put(key, served.hosts, served);
  }

  /** The hosts below a wildcard that Istio serves at Gateways of which `isNear` holds, sorted. */
  below(wildcard: string, pods: GatewayPods, isNear: (gateway: string) => boolean): string[] {
    const isServedNear = (host: string) =>
      [...this.#index.at(host).values()].some((served) =>
        served.gateways.some((gateway) => isNear(gateway) && pods.serves(gateway, host, served)),
      );
    return this.#index.below(wildcard).filter(isServedNear);
  }
}

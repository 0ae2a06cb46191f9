/** The hosts that VirtualServices have at the gateways of a cluster. */
import { HostIndex } from "../../model/host-index.ts";

/** What a VirtualService serves, and where. */
export interface ServedHost {
  hosts: readonly string[];
  /** Gateways as `namespace/name`. */
  gateways: readonly string[];
}

/** Holds VirtualServices by host. */
export class ServedHosts {
  readonly #index = new HostIndex<ServedHost>();

  /** Adds, replaces or takes out the VirtualService with a key. */
  set(key: string, served: ServedHost | undefined): void {
    if (served === undefined) this.#index.remove(key);
    else this.#index.put(key, served.hosts, served);
  }

  /** The hosts below a wildcard that are served at Gateways of which `isNear` holds, sorted. */
  below(wildcard: string, isNear: (gateway: string) => boolean): string[] {
    const isServedNear = (host: string) =>
      [...this.#index.at(host).values()].some(({ gateways }) => gateways.some(isNear));
    return this.#index.below(wildcard).filter(isServedNear);
  }
}

/** Hosts that VirtualServices have which belong to no APIRule. */
import type { ObjectRef } from "./exposure.ts";
import type { Findings } from "./findings.ts";
import type { GatewayPods, Origin } from "./gateway-pods.ts";
import { HostIndex } from "./host-index.ts";
import {
  type GatewaySite,
  HOST_PATH,
  type HostDirectory,
  type HostHolder,
  neighboursAt,
  noteNeighbours,
} from "./host-neighbours.ts";

/** A VirtualService that belongs to no APIRule. */
export interface ForeignVirtualService extends Pick<Origin, "exportTo"> {
  ref: ObjectRef;
  hosts: readonly string[];
  /** Gateways as `namespace/name`; that of the mesh's sidecars is none. */
  gateways: readonly string[];
}

/** What a VirtualService says of hosts and Gateways, whose names may be short. */
export interface VirtualServiceBinding extends Pick<Origin, "exportTo"> {
  hosts?: readonly string[];
  gateways?: readonly string[];
}

/** Name that Istio gives to all sidecars. */
const MESH = "mesh";

/** Reads a VirtualService as Istio does; without Gateways it is for sidecars alone. */
export function readForeign(
  ref: ObjectRef,
  { hosts = [], gateways = [], exportTo }: VirtualServiceBinding,
): ForeignVirtualService {
  const bound = gateways.filter((name) => name !== MESH).map((name) => fullName(name, ref.namespace));
  const lowerCase = hosts.map((host) => host.toLowerCase());
  return { ref, hosts: lowerCase, gateways: bound, ...(exportTo && { exportTo }) };
}

/** Where a VirtualService comes from. */
export function originOf({ ref, exportTo }: ForeignVirtualService): Origin {
  return { namespace: ref.namespace, ...(exportTo && { exportTo }) };
}

/** `name`, `./name` or `namespace/name`. */
function fullName(gateway: string, namespace: string): string {
  const [first = "", second] = gateway.split("/");
  if (second === undefined) return `${namespace}/${first}`;
  return first === "." ? `${namespace}/${second}` : gateway;
}

/** Holds foreign VirtualServices by host. */
export class ForeignHosts implements HostDirectory {
  readonly #hosts = new HostIndex<ForeignVirtualService>();

  /** Adds, replaces or takes out a VirtualService, and returns the hosts that it has or had. */
  set(ref: ObjectRef, foreign: ForeignVirtualService | undefined): Set<string> {
    const key = `${ref.namespace}/${ref.name}`;
    const before = this.#hosts.hostsOf(key);
    const hosts = foreign === undefined || foreign.gateways.length === 0 ? [] : foreign.hosts;
    if (foreign === undefined) this.#hosts.remove(key);
    else this.#hosts.put(key, hosts, foreign);
    return new Set([...before, ...hosts]);
  }

  /**
   * Notes in the findings of an APIRule who else has its host where its Gateway is served. False where the same host is
   * taken; a wildcard beside a specific host is a warning.
   */
  judge(host: string, site: GatewaySite, findings: Findings): boolean {
    const [occupant] = neighboursAt(this, [host], site);
    if (occupant !== undefined) {
      const { label, at } = occupant;
      const message = `Host is occupied by another Virtual Service: ${host} belongs to ${label} at ${at}`;
      findings.problem(HOST_PATH, message);
      return false;
    }
    noteNeighbours(host, site, this, findings);
    return true;
  }

  /** Sorted by name. A Gateway where Istio does not serve the host is none. */
  holdersOf(host: string, pods: GatewayPods): HostHolder[] {
    return [...this.#hosts.at(host)]
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([name, foreign]) => ({
        label: `VirtualService ${name}`,
        gateways: foreign.gateways.filter((gateway) => pods.serves(gateway, host, originOf(foreign))),
      }));
  }

  below(wildcard: string): string[] {
    return this.#hosts.below(wildcard);
  }
}

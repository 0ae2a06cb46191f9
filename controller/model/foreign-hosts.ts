/** Hosts that VirtualServices have which belong to no APIRule. */
import type { ObjectRef } from "./exposure.ts";
import type { Findings } from "./findings.ts";
import { wildcardCovers, wildcardsOver } from "./hosts.ts";

/** A VirtualService that belongs to no APIRule. */
export interface ForeignVirtualService {
  ref: ObjectRef;
  hosts: readonly string[];
  /** Gateways as `namespace/name`; that of the mesh's sidecars is none. */
  gateways: readonly string[];
}

/** What a VirtualService says of hosts and Gateways, whose names may be short. */
export interface VirtualServiceBinding {
  hosts?: readonly string[];
  gateways?: readonly string[];
}

const PATH = ".spec.hosts[0]";
const MAX_NAMED = 3;
/** Name that Istio gives to all sidecars. */
const MESH = "mesh";

/** Reads a VirtualService as Istio does; without Gateways it is for sidecars alone. */
export function readForeign(
  ref: ObjectRef,
  { hosts = [], gateways = [] }: VirtualServiceBinding,
): ForeignVirtualService {
  const bound = gateways.filter((name) => name !== MESH).map((name) => fullName(name, ref.namespace));
  return { ref, hosts: hosts.map((host) => host.toLowerCase()), gateways: bound };
}

/** `name`, `./name` or `namespace/name`. */
function fullName(gateway: string, namespace: string): string {
  const [first = "", second] = gateway.split("/");
  if (second === undefined) return `${namespace}/${first}`;
  return first === "." ? `${namespace}/${second}` : gateway;
}

/** Holds foreign VirtualServices by host. */
export class ForeignHosts {
  readonly #byName = new Map<string, ForeignVirtualService>();
  readonly #byHost = new Map<string, Map<string, ForeignVirtualService>>();

  /** Adds, replaces or takes out a VirtualService, and returns the hosts that it has or had. */
  set(ref: ObjectRef, foreign: ForeignVirtualService | undefined): Set<string> {
    const key = `${ref.namespace}/${ref.name}`;
    const before = this.#byName.get(key);
    for (const host of before?.hosts ?? []) this.#remove(host, key);
    this.#byName.delete(key);
    if (foreign !== undefined && foreign.gateways.length > 0) {
      this.#byName.set(key, foreign);
      for (const host of foreign.hosts) this.#add(host, key, foreign);
    }
    return new Set([...(before?.hosts ?? []), ...(foreign?.hosts ?? [])]);
  }

  /**
   * Notes in the findings of an APIRule who else has its host at its Gateway, `namespace/name`. False where the same
   * host is taken; a wildcard beside a specific host is a warning.
   */
  judge(host: string, gateway: string, findings: Findings): boolean {
    const [occupant] = this.#having([host], gateway);
    if (occupant !== undefined) {
      const message = `Host is occupied by another Virtual Service: ${host} belongs to VirtualService ${occupant.name}`;
      findings.problem(PATH, message);
      return false;
    }
    for (const wider of this.#having(wildcardsOver(host), gateway)) {
      const message = `VirtualService ${wider.name} serves ${wider.host} at the same Gateway; requests for ${host} come to this APIRule alone`;
      findings.warning(PATH, message);
    }
    if (host.startsWith("*.")) this.#noteNarrower(host, gateway, findings);
    return true;
  }

  #noteNarrower(host: string, gateway: string, findings: Findings): void {
    const covered = [...this.#byHost.keys()].filter((other) => other !== host && wildcardCovers(host, other));
    const narrower = this.#having(covered.sort(), gateway);
    for (const { name, host: other } of narrower.slice(0, MAX_NAMED)) {
      const message = `VirtualService ${name} serves ${other} at the same Gateway; its requests do not come to this APIRule, and no rule of it protects them`;
      findings.warning(PATH, message);
    }
    const rest = narrower.length - MAX_NAMED;
    if (rest > 0) findings.warning(PATH, `VirtualServices serve ${rest} more host(s) below ${host}`);
  }

  /** Those that have any of the hosts at a Gateway, in the order of the hosts and then by name. */
  #having(hosts: readonly string[], gateway: string): { name: string; host: string }[] {
    return hosts.flatMap((host) =>
      [...(this.#byHost.get(host) ?? [])]
        .filter(([, { gateways }]) => gateways.includes(gateway))
        .map(([name]) => ({ name, host }))
        .sort((a, b) => (a.name < b.name ? -1 : 1)),
    );
  }

  #add(host: string, key: string, foreign: ForeignVirtualService): void {
    const having = this.#byHost.get(host) ?? new Map<string, ForeignVirtualService>();
    this.#byHost.set(host, having.set(key, foreign));
  }

  #remove(host: string, key: string): void {
    const having = this.#byHost.get(host);
    having?.delete(key);
    if (having?.size === 0) this.#byHost.delete(host);
  }
}

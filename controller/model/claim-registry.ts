/** Which APIRule has which host, kept up to date claim by claim. */
import type { ApiRuleDocument } from "./api-rule-document.ts";
import type { ObjectRef } from "./exposure.ts";
import type { GatewayPods } from "./gateway-pods.ts";
import { HostIndex } from "./host-index.ts";
import type { GatewaySite, HostDirectory, HostHolder } from "./host-neighbours.ts";
import { wildcardsOver } from "./hosts.ts";

/** Who wants a host, since when, and at which Gateway, `namespace/name`. */
export type Claimant = Pick<ApiRuleDocument, "apiRule" | "creationTimestamp"> & {
  gateway: string | undefined;
};

/** What an APIRule has at gateways now, whatever it has come to say since. */
export interface Incumbent {
  apiRule: ObjectRef;
  hosts: readonly string[];
  /** Gateways as `namespace/name`. */
  gateways: readonly string[];
}

/** One that a host may belong to. */
interface Candidate {
  apiRule: ObjectRef;
  creationTimestamp: string;
  gateways: readonly string[];
  /** Whether it has the host at the gateways now. */
  has: boolean;
  /** Whether it wants the host; otherwise it has what it was last accepted with. */
  claims: boolean;
}

/**
 * Claims to hosts, at most one for each APIRule. Of several claimants whose Gateways the same pods may serve, the one
 * that has the host keeps it; where none or all of them have it, it is the oldest one's.
 */
export class ClaimRegistry implements HostDirectory {
  readonly #claimants = new HostIndex<Claimant>();
  readonly #incumbents = new HostIndex<Incumbent>();

  /** Replaces the claim of `key`, and returns those whose results may change by that. */
  claim(key: string, claimant: Claimant, host: string | undefined): Set<string> {
    const hosts = host === undefined ? [] : [host];
    const affected = this.#change([...this.#claimants.hostsOf(key), ...hosts], () =>
      this.#claimants.put(key, hosts, claimant),
    );
    affected.delete(key);
    return affected;
  }

  /** Ends the claim of `key`, and returns those whose results may change by that. */
  release(key: string): Set<string> {
    const affected = this.#change(this.#claimants.hostsOf(key), () => this.#claimants.remove(key));
    affected.delete(key);
    return affected;
  }

  /** Replaces what `key` has, and returns those whose results may change by that. */
  setIncumbent(key: string, incumbent: Incumbent | undefined): Set<string> {
    const hosts = incumbent?.hosts ?? [];
    return this.#change([...this.#incumbents.hostsOf(key), ...hosts], () => {
      if (incumbent === undefined) this.#incumbents.remove(key);
      else this.#incumbents.put(key, hosts, incumbent);
    });
  }

  /** The claimants of a host, of the wildcards over it, and of the hosts below it. */
  relatedTo(host: string): string[] {
    const hosts = [host, ...wildcardsOver(host), ...this.below(host)];
    return hosts.flatMap((related) => [...this.#claimants.at(related).keys()]);
  }

  /** The APIRules that claim exactly this host. */
  claimantsOf(host: string): ObjectRef[] {
    return [...this.#claimants.at(host).values()].map(({ apiRule }) => apiRule);
  }

  /** The APIRule that a host belongs to where a Gateway is served; undefined while nobody has or claims it there. */
  ownerOf(host: string, { gateway, pods }: GatewaySite): ObjectRef | undefined {
    const isNear = (other: string) => !pods.areApart(gateway, other);
    return this.#rankedAt(host).find(({ gateways }) => gateways.some(isNear))?.apiRule;
  }

  holdersOf(host: string, pods: GatewayPods): HostHolder[] {
    return this.#rankedAt(host).flatMap(({ apiRule, gateways, claims }) => {
      const [gateway] = gateways;
      if (!claims || gateway === undefined) return [];
      const owner = this.ownerOf(host, { gateway, pods });
      if (owner === undefined || nameOf(owner) !== nameOf(apiRule)) return [];
      return [{ label: `APIRule ${nameOf(apiRule)}`, gateways }];
    });
  }

  below(wildcard: string): string[] {
    return this.#claimants.below(wildcard);
  }

  /** What is said of a host depends on nothing but who may have it, in which order, and where. */
  #change(hosts: readonly string[], change: () => void): Set<string> {
    const candidates = () =>
      hosts.map((host) =>
        JSON.stringify(
          this.#rankedAt(host).map(({ apiRule, gateways, claims }) => [nameOf(apiRule), gateways, claims]),
        ),
      );
    const before = candidates();
    change();
    const after = candidates();
    const changed = hosts.filter((_, index) => before[index] !== after[index]);
    return new Set(changed.flatMap((host) => this.relatedTo(host)));
  }

  #rankedAt(host: string): Candidate[] {
    const claimants = this.#claimants.at(host);
    const incumbents = this.#incumbents.at(host);
    const claiming = [...claimants].map(([key, { gateway, ...claimant }]): Candidate => {
      const gateways = gateway === undefined ? [] : [gateway];
      const has = gateways.some((name) => incumbents.get(key)?.gateways.includes(name));
      return { ...claimant, gateways, has, claims: true };
    });
    const elsewhere = [...incumbents].filter(([key, { gateways }]) => {
      const gateway = claimants.get(key)?.gateway;
      return gateway === undefined || !gateways.includes(gateway);
    });
    const having = elsewhere.map(([, { apiRule, gateways }]): Candidate => {
      return { apiRule, creationTimestamp: "", gateways, has: true, claims: false };
    });
    return [...claiming, ...having].sort(byPrecedence);
  }
}

/** Order of candidates for a host: those that have it, of these those that want it, then the oldest first, then by name. */
function byPrecedence(a: Candidate, b: Candidate): number {
  return (
    Number(b.has) - Number(a.has) ||
    Number(b.claims) - Number(a.claims) ||
    compare(a.creationTimestamp, b.creationTimestamp) ||
    byName(a, b)
  );
}

/** Order of results: by namespace, then by name. */
export function byName(a: Pick<Claimant, "apiRule">, b: Pick<Claimant, "apiRule">): number {
  return compare(a.apiRule.namespace, b.apiRule.namespace) || compare(a.apiRule.name, b.apiRule.name);
}

function compare(a: string, b: string): number {
  if (a === b) return 0;
  return a < b ? -1 : 1;
}

function nameOf({ namespace, name }: ObjectRef): string {
  return `${namespace}/${name}`;
}

/** Which APIRule has which host, kept up to date claim by claim. */
import type { ApiRuleDocument } from "./api-rule-document.ts";
import type { ObjectRef } from "./exposure.ts";
import { HostIndex } from "./host-index.ts";
import type { HostDirectory, HostHolder } from "./host-neighbours.ts";
import { wildcardsOver } from "./hosts.ts";

/** Who wants a host, since when, and at which Gateway, `namespace/name`. */
export type Claimant = Pick<ApiRuleDocument, "apiRule" | "creationTimestamp"> & {
  gateway: string | undefined;
};

/** Claims to hosts, at most one for each APIRule. Of several claimants the oldest has the host. */
export class ClaimRegistry implements HostDirectory {
  readonly #claimants = new HostIndex<Claimant>();

  /** Replaces the claim of `key`, and returns those whose results may change by that. */
  claim(key: string, claimant: Claimant, host: string | undefined): Set<string> {
    return this.#change(key, claimant, host);
  }

  /** Ends the claim of `key`, and returns those whose results may change by that. */
  release(key: string): Set<string> {
    return this.#change(key, undefined, undefined);
  }

  /** The claimants of a host, of the wildcards over it, and of the hosts below it. */
  relatedTo(host: string): string[] {
    const hosts = [host, ...wildcardsOver(host), ...this.below(host)];
    return hosts.flatMap((related) => [...this.#claimants.at(related).keys()]);
  }

  /** The APIRule that has a host; undefined while nobody claims it. */
  ownerOf(host: string): ObjectRef | undefined {
    return this.#oldestAt(host)?.apiRule;
  }

  holdersOf(host: string): HostHolder[] {
    const owner = this.#oldestAt(host);
    if (owner === undefined) return [];
    const { apiRule, gateway } = owner;
    const label = `APIRule ${apiRule.namespace}/${apiRule.name}`;
    return [{ label, gateways: gateway === undefined ? [] : [gateway] }];
  }

  below(wildcard: string): string[] {
    return this.#claimants.below(wildcard);
  }

  /** What others say of a host depends on nothing but who has it, and where. */
  #change(key: string, claimant: Claimant | undefined, host: string | undefined): Set<string> {
    const after = claimant === undefined || host === undefined ? [] : [host];
    const hosts = [...this.#claimants.hostsOf(key), ...after];
    const holders = hosts.map((name) => JSON.stringify(this.holdersOf(name)));
    if (claimant === undefined) this.#claimants.remove(key);
    else this.#claimants.put(key, after, claimant);
    const changed = hosts.filter((name, index) => JSON.stringify(this.holdersOf(name)) !== holders[index]);
    const affected = new Set(changed.flatMap((name) => this.relatedTo(name)));
    affected.delete(key);
    return affected;
  }

  #oldestAt(host: string): Claimant | undefined {
    const [oldest] = [...this.#claimants.at(host).values()].sort(byAge);
    return oldest;
  }
}

/** Order of claims to a host: the oldest first, then by name. */
function byAge(a: Claimant, b: Claimant): number {
  return compare(a.creationTimestamp, b.creationTimestamp) || byName(a, b);
}

/** Order of results: by namespace, then by name. */
export function byName(a: Pick<Claimant, "apiRule">, b: Pick<Claimant, "apiRule">): number {
  return compare(a.apiRule.namespace, b.apiRule.namespace) || compare(a.apiRule.name, b.apiRule.name);
}

function compare(a: string, b: string): number {
  if (a === b) return 0;
  return a < b ? -1 : 1;
}

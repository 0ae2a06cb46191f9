/** Which APIRule has which host, kept up to date claim by claim. */
import type { ObjectRef } from "./exposure.ts";
import { byAge, type Claimant } from "./host-claims.ts";
import { wildcardCovers, wildcardsOver } from "./hosts.ts";

/** Claims to hosts, at most one for each APIRule. Of several claimants the oldest has the host. */
export class ClaimRegistry {
  readonly #claimants = new Map<string, Map<string, Claimant>>();
  readonly #hosts = new Map<string, string>();

  /** Replaces the claim of `key`, and returns the other claimants of both hosts, whose results may change by that. */
  claim(key: string, claimant: Claimant, host: string | undefined): Set<string> {
    const affected = this.release(key);
    if (host === undefined) return affected;
    const claimants = this.#claimants.get(host) ?? new Map<string, Claimant>();
    for (const other of claimants.keys()) affected.add(other);
    claimants.set(key, claimant);
    this.#claimants.set(host, claimants);
    this.#hosts.set(key, host);
    return affected;
  }

  /** Ends the claim of `key`, and returns the other claimants of its host. */
  release(key: string): Set<string> {
    const host = this.#hosts.get(key);
    const claimants = host === undefined ? undefined : this.#claimants.get(host);
    if (host === undefined || claimants === undefined) return new Set();
    this.#hosts.delete(key);
    claimants.delete(key);
    if (claimants.size === 0) this.#claimants.delete(host);
    return new Set(claimants.keys());
  }

  /** The claimants of a host, of the wildcards over it, and of the hosts below it. */
  relatedTo(host: string): string[] {
    const below = host.startsWith("*") ? [...this.#claimants.keys()] : [];
    const hosts = [host, ...wildcardsOver(host), ...below.filter((other) => wildcardCovers(host, other))];
    return hosts.flatMap((related) => [...(this.#claimants.get(related)?.keys() ?? [])]);
  }

  /** The APIRule that has a host; undefined while nobody claims it. */
  ownerOf(host: string): ObjectRef | undefined {
    const [oldest] = [...(this.#claimants.get(host)?.values() ?? [])].sort(byAge);
    return oldest?.apiRule;
  }
}

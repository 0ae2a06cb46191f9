/** Finds things by the hosts that they have, and hosts by the wildcards that they are below. */
import { wildcardsOver } from "./hosts.ts";

/** Things with a key each; several may have one host. */
export class HostIndex<Thing> {
  readonly #hosts = new Map<string, readonly string[]>();
  readonly #byHost = new Map<string, Map<string, Thing>>();
  readonly #below = new Map<string, Set<string>>();

  /** Adds or replaces the thing that has a key. */
  put(key: string, hosts: readonly string[], thing: Thing): void {
    this.remove(key);
    if (hosts.length > 0) this.#hosts.set(key, hosts);
    for (const host of hosts) {
      const things = this.#byHost.get(host) ?? this.#addHost(host);
      things.set(key, thing);
    }
  }

  /** Takes out the thing that has a key. */
  remove(key: string): void {
    for (const host of this.#hosts.get(key) ?? []) {
      const things = this.#byHost.get(host);
      things?.delete(key);
      if (things?.size === 0) this.#removeHost(host);
    }
    this.#hosts.delete(key);
  }

  /** The hosts of the thing that has a key. */
  hostsOf(key: string): readonly string[] {
    return this.#hosts.get(key) ?? [];
  }

  /** The things that have exactly this host, by key. */
  at(host: string): ReadonlyMap<string, Thing> {
    return this.#byHost.get(host) ?? new Map();
  }

  /** The hosts below a wildcard that something has, narrower wildcards included, sorted. */
  below(wildcard: string): string[] {
    return [...(this.#below.get(wildcard) ?? [])].sort();
  }

  #addHost(host: string): Map<string, Thing> {
    for (const wildcard of wildcardsOver(host)) {
      const below = this.#below.get(wildcard) ?? new Set();
      this.#below.set(wildcard, below.add(host));
    }
    const things = new Map<string, Thing>();
    this.#byHost.set(host, things);
    return things;
  }

  #removeHost(host: string): void {
    this.#byHost.delete(host);
    for (const wildcard of wildcardsOver(host)) {
      const below = this.#below.get(wildcard);
      below?.delete(host);
      if (below?.size === 0) this.#below.delete(wildcard);
    }
  }
}

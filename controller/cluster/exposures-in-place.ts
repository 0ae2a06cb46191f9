/** What is in place of each APIRule, so that it can be kept up while a newer state of it is refused or held back. */
import { cacheKey } from "../kube/object-cache.ts";
import type { Exposure, ObjectRef } from "../model/exposure.ts";
import { HostIndex } from "../model/host-index.ts";
import { wildcardsOver } from "../model/hosts.ts";
import { type Binding, bindingOf } from "../render/istio/served-hosts.ts";
import type { Caches } from "./caches.ts";
import type { KeptVirtualService } from "./kept-objects.ts";

export interface ExposuresInPlaceOptions {
  caches: Pick<Caches, "virtualServices" | "foreign">;
  /** Asks for another reconciliation of an APIRule. */
  later: (apiRule: string, delayMs: number) => void;
}

/**
 * Holds the exposure whose routes were last seen in place, for each APIRule. This is in memory alone: of an APIRule that
 * is refused, or held back, when a controller begins to lead, it is not known what is in place. Until it is accepted
 * again nothing of it is repaired, and none of its AuthorizationPolicies is deleted.
 */
export class ExposuresInPlace {
  readonly #later: ExposuresInPlaceOptions["later"];
  readonly #placed = new Map<string, { uid: string; exposure: Exposure }>();
  readonly #byHost = new HostIndex<Exposure>();

  constructor({ caches, later }: ExposuresInPlaceOptions) {
    this.#later = later;
    caches.foreign.onChange((_, kept, before) => this.#noteServed(kept, before));
    caches.virtualServices.onChange((_, kept, before) => {
      this.#noteServed(kept, before);
      if (kept !== undefined) this.#noteTaken(kept);
    });
  }

  /** What is in place of the APIRule with a name and a uid; undefined where that is not known. */
  get(apiRule: ObjectRef, uid: string): Exposure | undefined {
    const placed = this.#placed.get(cacheKey(apiRule));
    return placed?.uid === uid ? placed.exposure : undefined;
  }

  /** The routes of an exposure are in place. */
  set(exposure: Exposure, uid: string): void {
    const key = cacheKey(exposure.apiRule);
    if (this.#placed.get(key)?.exposure === exposure) return;
    this.#placed.set(key, { uid, exposure });
    this.#byHost.put(key, exposure.hosts, exposure);
  }

  /** Nothing is in place of an APIRule any more, or somebody else has its host. */
  forget(apiRule: ObjectRef): void {
    this.#placed.delete(cacheKey(apiRule));
    this.#byHost.remove(cacheKey(apiRule));
  }

  /** Forgets all: somebody else may have written since. */
  clear(): void {
    for (const { exposure } of [...this.#placed.values()]) this.forget(exposure.apiRule);
  }

  /** Tells the APIRules whose authorizers are not to be asked about hosts that somebody else has, or are again. */
  #noteServed(kept: Binding | undefined, before: Binding | undefined): void {
    if (bindingOf(kept) === bindingOf(before)) return;
    const hosts = new Set([...(kept?.hosts ?? []), ...(before?.hosts ?? [])]);
    for (const wildcard of new Set([...hosts].flatMap(wildcardsOver)))
      for (const [key, { externalChecks }] of this.#byHost.at(wildcard))
        if (externalChecks !== undefined) this.#later(key, 0);
  }

  /** Tells the APIRules whose host an APIRule has by now. */
  #noteTaken({ hosts, apiRule }: KeptVirtualService): void {
    for (const host of hosts)
      for (const key of this.#byHost.at(host).keys()) if (key !== cacheKey(apiRule)) this.#later(key, 0);
  }
}

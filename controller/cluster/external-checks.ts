/** The AuthorizationPolicies of APIRules: there before routes need them, and as long as routes may. */
import type { KubernetesObject } from "../api/resources.ts";
import { cacheKey } from "../kube/object-cache.ts";
import type { Exposure, ObjectRef } from "../model/exposure.ts";
import { renderAuthorizationPolicies } from "../render/istio/authorization-policy.ts";
import { labelRef } from "../render/istio/names.ts";
import type { Caches } from "./caches.ts";
import type { ClusterState } from "./cluster-state.ts";
import type { KeptAuthorizationPolicy } from "./kept-objects.ts";
import type { OwnedObjectWriter } from "./owned-object-writer.ts";

export interface ExternalChecksOptions {
  caches: Caches;
  state: ClusterState;
  writer: OwnedObjectWriter<KeptAuthorizationPolicy>;
  /** Namespace of the gateway workloads. */
  namespace: string;
  /** Asks for another reconciliation of an APIRule. */
  later: (apiRule: string, delayMs: number) => void;
  /** Monotonic milliseconds. */
  now?: () => number;
}

/** In this time gateways take over new routes. Where one does not, the filter refuses what nobody was asked about. */
const PRUNE_AFTER_MS = 2_000;

/** Works on the AuthorizationPolicies of one APIRule at a time. */
export class ExternalChecks {
  readonly #options: Required<ExternalChecksOptions>;
  readonly #byOwner = new Map<string, Map<string, ObjectRef>>();
  /** Since when AuthorizationPolicies are there that nothing needs. */
  readonly #idleSince = new Map<string, number>();

  constructor(options: ExternalChecksOptions) {
    this.#options = { now: () => performance.now(), ...options };
    options.caches.authorizationPolicies.onChange((ref, kept, before) => {
      if (before !== undefined) this.#forget(before);
      if (kept !== undefined) this.#note(kept);
      else this.#idleSince.delete(cacheKey(ref));
    });
  }

  /** The AuthorizationPolicies that the routes of an exposure need, as far as they can be rendered. */
  wantedBy(exposure: Exposure): KubernetesObject[] {
    if (exposure.externalChecks === undefined) return [];
    const { state, namespace } = this.#options;
    return renderAuthorizationPolicies(exposure, { namespace, ...state.placeOf(exposure) });
  }

  /** Those that are not as they are meant to be. */
  missing(wanted: readonly KubernetesObject[]): KubernetesObject[] {
    return wanted.filter((policy) => !this.#options.writer.isInPlace(policy));
  }

  /** Writes AuthorizationPolicies. Throws ApiError. */
  async write(policies: readonly KubernetesObject[], signal: AbortSignal): Promise<void> {
    for (const policy of policies) await this.#options.writer.write(policy, signal);
  }

  /** Whether an APIRule has any on its gateways. Others may be anybody's: who writes there may claim to be its owner. */
  hasAnyAtGateways(apiRule: ObjectRef): boolean {
    return this.#of(apiRule).some(({ namespace }) => namespace === this.#options.namespace);
  }

  /** Deletes those of an APIRule that were not among the wanted ones for a while. Throws ApiError. */
  async prune(apiRule: ObjectRef, wanted: readonly KubernetesObject[], signal: AbortSignal): Promise<void> {
    const { writer, later, now } = this.#options;
    const needed = new Set(wanted.map(({ metadata }) => cacheKey(metadata)));
    for (const ref of this.#of(apiRule)) {
      const key = cacheKey(ref);
      if (needed.has(key)) {
        this.#idleSince.delete(key);
        continue;
      }
      const since = this.#idleSince.get(key) ?? now();
      this.#idleSince.set(key, since);
      const leftMs = since + PRUNE_AFTER_MS - now();
      if (leftMs > 0) later(cacheKey(apiRule), leftMs + 1);
      else await writer.remove(ref, signal);
    }
  }

  /** Deletes all of an APIRule that has no routes any more. Throws ApiError. */
  async removeAll(apiRule: ObjectRef, signal: AbortSignal): Promise<void> {
    for (const ref of this.#of(apiRule)) await this.#options.writer.remove(ref, signal);
  }

  #note({ ref, owner }: KeptAuthorizationPolicy): void {
    const refs = this.#byOwner.get(cacheKey(owner)) ?? new Map<string, ObjectRef>();
    this.#byOwner.set(cacheKey(owner), refs.set(cacheKey(ref), ref));
  }

  #forget({ ref, owner }: KeptAuthorizationPolicy): void {
    const refs = this.#byOwner.get(cacheKey(owner));
    refs?.delete(cacheKey(ref));
    if (refs?.size === 0) this.#byOwner.delete(cacheKey(owner));
  }

  #of(apiRule: ObjectRef): ObjectRef[] {
    return [...(this.#byOwner.get(cacheKey(labelRef(apiRule)))?.values() ?? [])];
  }
}

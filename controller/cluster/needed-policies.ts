/** The AuthorizationPolicies that an exposure needs, on its gateways and on its workloads. */
import type { KubernetesObject } from "../api/resources.ts";
import { cacheKey } from "../kube/object-cache.ts";
import type { Exposure } from "../model/exposure.ts";
import { renderWorkloadGuards } from "../render/istio/workload-guard.ts";
import type { ClusterState } from "./cluster-state.ts";
import type { ExternalChecks } from "./external-checks.ts";
import type { GatewayIdentities } from "./gateway-identities.ts";
import type { Observation } from "./status.ts";

export interface NeededPoliciesOptions {
  state: Pick<ClusterState, "workloadOf">;
  checks: Pick<ExternalChecks, "wantedBy">;
  identities: Pick<GatewayIdentities, "of">;
  /** Asks for another reconciliation of an APIRule. */
  later: (apiRule: string, delayMs: number) => void;
}

/** What an exposure needs. */
export interface Needs {
  policies: KubernetesObject[];
  /** Why some cannot be had, so that the filter refuses requests; undefined when none is lacking. */
  concern: Observation | undefined;
}

/** Pods that come with another identity are noticed after this time. */
const IDENTITY_AGAIN_MS = 30_000;

/** The same, while there is no pod. */
const IDENTITY_WANTED_MS = 2_000;

const TOO_MANY_NARROWER_HOSTS: Observation = {
  status: "False",
  reason: "TooManyNarrowerHosts",
  message:
    "others have too many hosts below the wildcard for the AuthorizationPolicies to leave them all out; rules with extAuth answer 503: write fewer of them, or expose a narrower host",
};

/** Renders what exposures need, as things are now. */
export class NeededPolicies {
  readonly #options: NeededPoliciesOptions;

  constructor(options: NeededPoliciesOptions) {
    this.#options = options;
  }

  /** What an exposure needs; undefined while the identity of the gateway is not known. */
  async of(exposure: Exposure, signal: AbortSignal): Promise<Needs | undefined> {
    const guards = await this.#guards(exposure, signal);
    if (guards === undefined) return undefined;
    const checks = this.#options.checks.wantedBy(exposure);
    const isLacking = exposure.externalChecks !== undefined && checks.length === 0;
    return { policies: [...checks, ...guards], concern: isLacking ? TOO_MANY_NARROWER_HOSTS : undefined };
  }

  async #guards(exposure: Exposure, signal: AbortSignal): Promise<KubernetesObject[] | undefined> {
    if (exposure.guardedWorkloads === undefined) return [];
    const { state, identities, later } = this.#options;
    const principals = await identities.of(state.workloadOf(exposure.gateway), signal);
    const isKnown = principals.length > 0;
    later(cacheKey(exposure.apiRule), isKnown ? IDENTITY_AGAIN_MS : IDENTITY_WANTED_MS);
    return isKnown ? renderWorkloadGuards(exposure, principals) : undefined;
  }
}

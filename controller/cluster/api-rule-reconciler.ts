/** Brings one APIRule into force: its VirtualService and AuthorizationPolicies, its finalizer and its status. */
import type { KubernetesObject } from "../api/resources.ts";
import { messageOf } from "../errors.ts";
import { ApiError, isConflict } from "../kube/api-error.ts";
import { cacheKey } from "../kube/object-cache.ts";
import type { ObjectWriter } from "../kube/object-writer.ts";
import type { ApiRuleResult, Exposure, ObjectRef, Problem } from "../model/exposure.ts";
import { objectName } from "../render/istio/names.ts";
import { renderVirtualService } from "../render/istio/virtual-service.ts";
import { assessAccepted, assessRefused, type Progress } from "./assessment.ts";
import type { Caches } from "./caches.ts";
import type { ClusterState } from "./cluster-state.ts";
import type { ExposuresInPlace } from "./exposures-in-place.ts";
import type { ExternalChecks } from "./external-checks.ts";
import { FINALIZER, finalizersPatch } from "./finalizer.ts";
import type { KeptApiRule, KeptVirtualService } from "./kept-objects.ts";
import type { NeededPolicies } from "./needed-policies.ts";
import { withOwner } from "./owned-object.ts";
import type { OwnedObjectWriter } from "./owned-object-writer.ts";
import { API_RULES } from "./resource-types.ts";
import type { RolloutGate } from "./rollout-gate.ts";
import type { Assessment, Observation } from "./status.ts";
import type { StatusWriter } from "./status-writer.ts";

export interface ApiRuleReconcilerOptions {
  caches: Caches;
  state: ClusterState;
  gate: RolloutGate;
  writer: ObjectWriter;
  virtualServices: OwnedObjectWriter<KeptVirtualService>;
  checks: ExternalChecks;
  needed: NeededPolicies;
  places: ExposuresInPlace;
  /** Asks for another reconciliation of an APIRule. */
  later: (apiRule: string, delayMs: number) => void;
  statuses: StatusWriter;
  keysReady: (exposure: Exposure) => Observation;
  /** What there is to say about the size of a workload's WasmPlugin. */
  sizeWarningOf: (workload: string) => string | undefined;
}

/** An object that is in the way is looked for again after this time. */
const NAME_AGAIN_MS = 2_000;

const IDENTITY_UNKNOWN: Progress = {
  kind: "waiting",
  state: "Warning",
  reason: "GatewayIdentityUnknown",
  message:
    "onlyThroughGateway waits for a ready pod of the gateway, whose ServiceAccount the workloads are to admit",
};

/** Works on one APIRule at a time, from what the caches hold and what is known to be in place. */
export class ApiRuleReconciler {
  readonly #options: ApiRuleReconcilerOptions;

  constructor(options: ApiRuleReconcilerOptions) {
    this.#options = options;
  }

  /** Does what can be done for an APIRule now. Rejects to be called again. */
  async reconcile(ref: ObjectRef, signal: AbortSignal): Promise<void> {
    const { caches, state, virtualServices, checks, gate, places } = this.#options;
    state.refresh();
    const kept = caches.apiRules.get(ref);
    if (kept === undefined) {
      gate.forget(cacheKey(ref));
      places.forget(ref);
      await virtualServices.remove(virtualServiceRef(ref), signal);
      return checks.removeAll(ref, signal);
    }
    if (kept.isDeleting) return this.#delete(ref, kept, signal);
    const result = state.resultOf(ref);
    if (result?.exposure === undefined) {
      gate.forget(cacheKey(ref));
      if (result !== undefined) await this.#refuse(ref, kept, result, signal);
      return;
    }
    await this.#expose(ref, kept, result.exposure, result.warnings, signal);
  }

  /**
   * The routes go first; policies go when no route names them any more. Only those on the gateways are waited for: in
   * the namespaces of workloads anybody could keep the APIRule from going.
   */
  async #delete(ref: ObjectRef, kept: KeptApiRule, signal: AbortSignal): Promise<void> {
    const { caches, virtualServices, checks, gate, places, writer } = this.#options;
    gate.forget(cacheKey(ref));
    places.forget(ref);
    const target = virtualServiceRef(ref);
    if (caches.virtualServices.get(target) !== undefined) return virtualServices.remove(target, signal);
    await checks.removeAll(ref, signal);
    if (checks.hasAnyAtGateways(ref)) return;
    if (!kept.finalizers.includes(FINALIZER)) return;
    const rest = kept.finalizers.filter((name) => name !== FINALIZER);
    await writer.patch(API_RULES, ref, finalizersPatch(kept, rest), signal);
  }

  async #refuse(
    ref: ObjectRef,
    kept: KeptApiRule,
    { problems }: ApiRuleResult,
    signal: AbortSignal,
  ): Promise<void> {
    const { caches, checks, statuses, places } = this.#options;
    const live = caches.virtualServices.get(virtualServiceRef(ref));
    const isWithdrawn = await this.#withdrawTaken(ref, kept, signal);
    const placed = places.get(ref, kept.uid);
    if (live === undefined && placed === undefined) await checks.removeAll(ref, signal);
    await statuses.write(kept, assessRefused(problems, live !== undefined && !isWithdrawn), signal);
    if (placed !== undefined) await this.#keepUp(ref, kept, placed, signal);
  }

  /** Deletes routes whose host is somebody else's by now. Whether there were any. */
  async #withdrawTaken(ref: ObjectRef, kept: KeptApiRule, signal: AbortSignal): Promise<boolean> {
    const { caches, state, virtualServices, places } = this.#options;
    const live = caches.virtualServices.get(virtualServiceRef(ref));
    const placed = places.get(ref, kept.uid);
    const served = [
      ...(live === undefined ? [] : [live]),
      ...(placed === undefined ? [] : [{ hosts: placed.hosts, gateways: [cacheKey(placed.gateway)] }]),
    ];
    if (!served.some((binding) => state.isTaken(ref, binding))) return false;
    places.forget(ref);
    await virtualServices.remove(virtualServiceRef(ref), signal);
    return live !== undefined;
  }

  /** Has the routes that are in place and their policies be what they are to be, while nothing else is accepted. */
  async #keepUp(ref: ObjectRef, kept: KeptApiRule, placed: Exposure, signal: AbortSignal): Promise<void> {
    const { state, gate, checks, virtualServices } = this.#options;
    const needs = await this.#upheld(ref, placed, signal);
    if (needs === undefined) return;
    const routes = routesOf(placed, kept);
    const isKnown = gate.isKnown(state.workloadOf(placed.gateway), policiesOf(placed));
    if (isKnown && !virtualServices.isInPlace(routes)) {
      await this.#addFinalizer(ref, signal);
      await virtualServices.write(routes, signal);
    }
    await checks.prune(ref, needs, signal);
  }

  /**
   * Writes what is missing of the AuthorizationPolicies that an exposure in place needs, and returns all of these.
   * Undefined where they cannot be told, because its gateways are not known.
   */
  async #upheld(
    ref: ObjectRef,
    placed: Exposure,
    signal: AbortSignal,
  ): Promise<KubernetesObject[] | undefined> {
    const { caches, state, needed } = this.#options;
    const selector = state.workloads.selectorOf(state.workloadOf(placed.gateway));
    const isSelected = Object.keys(selector).length > 0;
    if (caches.gateways.get(placed.gateway) === undefined || !isSelected) return undefined;
    const needs = await needed.of(placed, signal);
    if (needs !== undefined) await this.#writeMissing(ref, needs.policies, signal);
    return needs?.policies;
  }

  async #writeMissing(
    ref: ObjectRef,
    policies: readonly KubernetesObject[],
    signal: AbortSignal,
  ): Promise<void> {
    const { checks } = this.#options;
    const missing = checks.missing(policies);
    if (missing.length === 0) return;
    await this.#addFinalizer(ref, signal);
    await checks.write(missing, signal);
  }

  async #expose(
    ref: ObjectRef,
    kept: KeptApiRule,
    exposure: Exposure,
    warnings: readonly Problem[],
    signal: AbortSignal,
  ): Promise<void> {
    const { caches, state, gate, statuses, keysReady, virtualServices, checks, needed, places, later } =
      this.#options;
    if (await this.#withdrawTaken(ref, kept, signal)) return;
    const desired = routesOf(exposure, kept);
    const policies = policiesOf(exposure);
    const workload = state.workloadOf(exposure.gateway);
    const assess = (progress: Progress): Assessment =>
      assessAccepted(
        [...warnings, ...this.#meshWarnings(policies), ...this.#sizeWarnings(workload)],
        progress,
        keysReady(exposure),
      );
    const report = (progress: Progress) => statuses.write(kept, assess(progress), signal);
    const writing = <Result>(write: () => Promise<Result>) =>
      reportingFailure("AuthorizationPolicy", report, write);
    const before = await writing(() => this.#neededBefore(ref, kept, exposure, signal));
    const needs = await needed.of(exposure, signal);
    if (needs === undefined) return void (await report(IDENTITY_UNKNOWN));
    const pruneOthers = async () => {
      if (before !== undefined) await checks.prune(ref, [...before, ...needs.policies], signal);
    };
    try {
      await writing(() => this.#writeMissing(ref, needs.policies, signal));
    } catch (error) {
      await pruneOthers();
      throw error;
    }
    const isInPlace = virtualServices.isInPlace(desired);
    if (isInPlace) places.set(exposure, kept.uid);
    const passage = gate.ask(cacheKey(ref), workload, policies, isInPlace);
    if (passage.kind === "closed") {
      await pruneOthers();
      if (passage.progress !== undefined) await report(passage.progress);
      return;
    }
    if (!isInPlace) {
      if (caches.foreign.get(desired.metadata) !== undefined) {
        later(cacheKey(ref), NAME_AGAIN_MS);
        return void (await report(nameIsTaken(desired.metadata)));
      }
      await this.#addFinalizer(ref, signal);
      await reportingFailure("VirtualService", report, () => virtualServices.write(desired, signal));
      places.set(exposure, kept.uid);
    }
    await checks.prune(ref, needs.policies, signal);
    await report({ kind: "programmed", enforced: needs.concern ?? passage.enforced });
  }

  /** What the routes need that were in place before those of an exposure; undefined where that is not known. */
  async #neededBefore(
    ref: ObjectRef,
    kept: KeptApiRule,
    exposure: Exposure,
    signal: AbortSignal,
  ): Promise<KubernetesObject[] | undefined> {
    const { caches, places } = this.#options;
    const placed = places.get(ref, kept.uid);
    if (placed === exposure) return [];
    if (placed !== undefined) return this.#upheld(ref, placed, signal);
    return caches.virtualServices.get(virtualServiceRef(ref)) === undefined ? [] : undefined;
  }

  async #addFinalizer(ref: ObjectRef, signal: AbortSignal): Promise<void> {
    const { caches, writer } = this.#options;
    const kept = caches.apiRules.get(ref);
    if (kept === undefined || kept.finalizers.includes(FINALIZER)) return;
    const patch = finalizersPatch(kept, [...kept.finalizers, FINALIZER]);
    caches.apiRules.put(await writer.patch(API_RULES, ref, patch, signal));
  }

  #meshWarnings(policies: readonly string[]): Problem[] {
    const message = this.#options.state.pathNormalizationWarning();
    if (message === undefined) return [];
    const isConcerned = this.#options.state
      .policySet(policies)
      .policies.some(({ refuseAmbiguousPath }) => refuseAmbiguousPath);
    return isConcerned ? [{ path: ".spec.rules", message }] : [];
  }

  #sizeWarnings(workload: string): Problem[] {
    const message = this.#options.sizeWarningOf(workload);
    return message === undefined ? [] : [{ path: ".spec.gateway", message }];
  }
}

function routesOf(exposure: Exposure, { object: { apiVersion, kind }, uid }: KeptApiRule): KubernetesObject {
  const { name } = exposure.apiRule;
  return withOwner(renderVirtualService(exposure), { apiVersion, kind, name, uid, controller: true });
}

function policiesOf({ routes }: Exposure): string[] {
  return [...new Set(routes.map(({ policy }) => policy))];
}

function virtualServiceRef({ namespace, name }: ObjectRef): ObjectRef {
  return { namespace, name: objectName(name) };
}

/** Does a write. What the API server says against it goes into the status. */
async function reportingFailure<Result>(
  kind: string,
  report: (progress: Progress) => Promise<unknown>,
  write: () => Promise<Result>,
): Promise<Result> {
  try {
    return await write();
  } catch (error) {
    if (error instanceof ApiError && !isConflict(error)) await report(notWritten(kind, error));
    throw error;
  }
}

function nameIsTaken({ namespace, name }: ObjectRef): Progress {
  const message = `VirtualServiceErrors: VirtualService ${namespace}/${name} is there already and does not belong to this APIRule`;
  return { kind: "waiting", state: "Error", reason: "VirtualServiceNotWritten", message };
}

function notWritten(kind: string, error: ApiError): Progress {
  const message = `${kind}Errors: ${messageOf(error)}`;
  const state = error.isRefusal ? "Error" : "Warning";
  return { kind: "waiting", state, reason: `${kind}NotWritten`, message };
}

/** Brings one APIRule into force: its VirtualService and AuthorizationPolicies, its finalizer and its status. */
import type { KubernetesObject } from "../api/resources.ts";
import { messageOf } from "../errors.ts";
import { ApiError, isConflict } from "../kube/api-error.ts";
import { cacheKey } from "../kube/object-cache.ts";
import type { ObjectWriter } from "../kube/object-writer.ts";
import type { ApiRuleResult, Exposure, ObjectRef, Problem } from "../model/exposure.ts";
import { objectName } from "../render/istio/names.ts";
import { renderVirtualService } from "../render/istio/virtual-service.ts";
import { renderWorkloadGuards } from "../render/istio/workload-guard.ts";
import { assessAccepted, assessRefused, type Progress } from "./assessment.ts";
import type { Caches } from "./caches.ts";
import type { ClusterState } from "./cluster-state.ts";
import type { ExternalChecks } from "./external-checks.ts";
import { FINALIZER, finalizersPatch } from "./finalizer.ts";
import type { GatewayIdentities } from "./gateway-identities.ts";
import type { KeptApiRule, KeptVirtualService } from "./kept-objects.ts";
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
  identities: GatewayIdentities;
  /** Asks for another reconciliation of an APIRule. */
  later: (apiRule: string, delayMs: number) => void;
  statuses: StatusWriter;
  keysReady: (exposure: Exposure) => Observation;
  /** What there is to say about the size of a workload's WasmPlugin. */
  sizeWarningOf: (workload: string) => string | undefined;
}

/** Pods that come with another identity are noticed after this time. */
const IDENTITY_AGAIN_MS = 30_000;

/** The same, while there is no pod. */
const IDENTITY_WANTED_MS = 2_000;

const IDENTITY_UNKNOWN: Progress = {
  kind: "waiting",
  state: "Warning",
  reason: "GatewayIdentityUnknown",
  message:
    "onlyThroughGateway waits for a ready pod of the gateway, whose ServiceAccount the workloads are to admit",
};

/** Works on one APIRule at a time, from nothing but what the caches hold. */
export class ApiRuleReconciler {
  readonly #options: ApiRuleReconcilerOptions;

  constructor(options: ApiRuleReconcilerOptions) {
    this.#options = options;
  }

  /** Does what can be done for an APIRule now. Rejects to be called again. */
  async reconcile(ref: ObjectRef, signal: AbortSignal): Promise<void> {
    const { caches, state, virtualServices, checks, gate } = this.#options;
    state.refresh();
    const kept = caches.apiRules.get(ref);
    if (kept === undefined) {
      gate.forget(cacheKey(ref));
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

  /** The routes go first; policies go when no route names them any more. */
  async #delete(ref: ObjectRef, kept: KeptApiRule, signal: AbortSignal): Promise<void> {
    const { caches, virtualServices, checks, gate, writer } = this.#options;
    gate.forget(cacheKey(ref));
    const target = virtualServiceRef(ref);
    if (caches.virtualServices.get(target) !== undefined) return virtualServices.remove(target, signal);
    if (checks.hasAny(ref)) return checks.removeAll(ref, signal);
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
    const { caches, state, virtualServices, checks, statuses } = this.#options;
    const live = caches.virtualServices.get(virtualServiceRef(ref));
    const isTaken = live?.hosts.some((host) => isOtherThan(state.ownerOfHost(host), ref)) ?? false;
    if (isTaken) await virtualServices.remove(virtualServiceRef(ref), signal);
    else if (live === undefined) await checks.removeAll(ref, signal);
    await statuses.write(kept, assessRefused(problems, live !== undefined && !isTaken), signal);
  }

  async #expose(
    ref: ObjectRef,
    kept: KeptApiRule,
    exposure: Exposure,
    warnings: readonly Problem[],
    signal: AbortSignal,
  ): Promise<void> {
    const { state, gate, statuses, keysReady, virtualServices, checks } = this.#options;
    const desired = withOwner(renderVirtualService(exposure), {
      apiVersion: kept.object.apiVersion,
      kind: kept.object.kind,
      name: ref.name,
      uid: kept.uid,
      controller: true,
    });
    const policies = [...new Set(exposure.routes.map(({ policy }) => policy))];
    const workload = state.workloadOf(exposure.gateway);
    const assess = (progress: Progress): Assessment =>
      assessAccepted(
        [
          ...warnings,
          ...this.#meshWarnings(policies),
          ...this.#sizeWarnings(workload),
          ...checks.warningsOf(exposure),
        ],
        progress,
        keysReady(exposure),
      );
    const report = (progress: Progress) => statuses.write(kept, assess(progress), signal);
    const guards = await this.#guards(exposure, workload, signal);
    if (guards === undefined) return void (await report(IDENTITY_UNKNOWN));
    const wantedChecks = [...checks.wantedBy(exposure), ...guards];
    const missingChecks = checks.missing(wantedChecks);
    if (missingChecks.length > 0) {
      await this.#addFinalizer(ref, signal);
      await reportingFailure("AuthorizationPolicy", report, () => checks.write(missingChecks, signal));
    }
    const isInPlace = virtualServices.isInPlace(desired);
    const passage = gate.ask(cacheKey(ref), workload, policies, isInPlace);
    if (passage.kind === "closed") {
      if (passage.progress !== undefined) await report(passage.progress);
      return;
    }
    if (!isInPlace) {
      await this.#addFinalizer(ref, signal);
      await reportingFailure("VirtualService", report, () => virtualServices.write(desired, signal));
    }
    await checks.prune(ref, wantedChecks, signal);
    await report({ kind: "programmed", enforced: passage.enforced });
  }

  /** What guards the workloads of an exposure; undefined while the identity of the gateway is not known. */
  async #guards(
    exposure: Exposure,
    workload: string,
    signal: AbortSignal,
  ): Promise<KubernetesObject[] | undefined> {
    if (exposure.guardedWorkloads === undefined) return [];
    const { identities, later } = this.#options;
    const principals = await identities.of(workload, signal);
    const isKnown = principals.length > 0;
    later(cacheKey(exposure.apiRule), isKnown ? IDENTITY_AGAIN_MS : IDENTITY_WANTED_MS);
    return isKnown ? renderWorkloadGuards(exposure, principals) : undefined;
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

function virtualServiceRef({ namespace, name }: ObjectRef): ObjectRef {
  return { namespace, name: objectName(name) };
}

function isOtherThan(owner: ObjectRef | undefined, ref: ObjectRef): boolean {
  return owner !== undefined && cacheKey(owner) !== cacheKey(ref);
}

/** Does a write. What the API server says against it goes into the status. */
async function reportingFailure(
  kind: string,
  report: (progress: Progress) => Promise<unknown>,
  write: () => Promise<void>,
): Promise<void> {
  try {
    await write();
  } catch (error) {
    if (error instanceof ApiError && !isConflict(error)) await report(notWritten(kind, error));
    throw error;
  }
}

function notWritten(kind: string, error: ApiError): Progress {
  const message = `${kind}Errors: ${messageOf(error)}`;
  const state = error.isRefusal ? "Error" : "Warning";
  return { kind: "waiting", state, reason: `${kind}NotWritten`, message };
}

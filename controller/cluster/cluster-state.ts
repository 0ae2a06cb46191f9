/** What the cluster asks for: the translation of its APIRules, and who names which policy. */
import type { Gateway, KubernetesObject, Service } from "../api/resources.ts";
import { cacheKey } from "../kube/object-cache.ts";
import type { ApiRuleResult, Exposure, ObjectRef, PolicySet } from "../model/exposure.ts";
import { originOf } from "../model/foreign-hosts.ts";
import { wildcardsOver } from "../model/hosts.ts";
import { IncrementalTranslator } from "../model/incremental-translator.ts";
import { collectResources } from "../model/manifests.ts";
import { readMesh } from "../model/mesh.ts";
import { workloadSelector } from "../model/selector.ts";
import { type GatewayPlace, portsOf } from "../render/istio/authorization-policy.ts";
import { labelRef } from "../render/istio/names.ts";
import { resultInReach } from "../render/istio/reach.ts";
import { bindingOf, type ServedHost, ServedHosts } from "../render/istio/served-hosts.ts";
import { wasmPluginName } from "../render/istio/wasm-plugin.ts";
import type { Caches } from "./caches.ts";
import type { KeptApiRule, KeptVirtualService, KeptWasmPlugin } from "./kept-objects.ts";
import { pathNormalizationWarning } from "./mesh-config.ts";
import { ANY_WORKLOAD, Workloads } from "./workloads.ts";

/** Told what there is to be done. */
export interface StateListener {
  /**
   * An APIRule, its result or an object of it has changed.
   *
   * @param isUrgent whether that has happened to it alone, so that somebody may be waiting for it
   */
  onApiRule(key: string, isUrgent: boolean): void;
  /** The policies that a workload has to run, or its WasmPlugin, have changed. */
  onWorkload(workload: string): void;
}

/** So many results that change at once have one cause, and nobody waits for each of them. */
const BULK = 100;

/** Policies that may be in memory beyond twice those that are named. */
const FREE_ABOVE = 1_000;

/** Follows the caches. Nothing is told before `begin`, which is for when all caches are complete. */
export class ClusterState {
  readonly #caches: Caches;
  readonly #listener: StateListener;
  readonly #translator: IncrementalTranslator;
  readonly #gateways = new Map<string, Gateway>();
  readonly #served = new ServedHosts();
  /** Who names which policy where. */
  readonly workloads = new Workloads();
  #freeAbove = FREE_ABOVE;
  #gatewaysChanged = false;
  #meshChanged = true;
  #begun = false;
  #stale = true;
  #scheduled = false;

  constructor(caches: Caches, gatewayNamespace: string, listener: StateListener) {
    this.#caches = caches;
    this.#translator = new IncrementalTranslator({ namespace: gatewayNamespace });
    this.#listener = listener;
    caches.apiRules.onChange((ref, kept, before) => this.#setApiRule(ref, kept, before));
    caches.services.onChange((ref, kept) => this.#setService(ref, kept));
    caches.gateways.onChange((ref, kept) => this.#setGateway(ref, kept));
    caches.virtualServices.onChange((ref, kept, before) => this.#setVirtualService(ref, kept, before));
    caches.foreign.onChange((ref, kept, before) => {
      this.#translator.setForeign(ref, kept);
      const served = (foreign: typeof kept) => foreign && { ...foreign, ...originOf(foreign) };
      this.#noteServed(`foreign ${cacheKey(ref)}`, served(kept), served(before));
      this.#schedule();
    });
    caches.wasmPlugins.onChange((ref, kept) => this.#noteWasmPlugin(ref, kept));
    caches.authorizationPolicies.onChange((_, kept, before) => {
      const owner = (kept ?? before)?.owner;
      if (owner !== undefined) this.#tellApiRule(this.#apiRuleOf(owner), true);
    });
    caches.meshConfig.onChange(() => {
      this.#meshChanged = true;
      this.#schedule();
      for (const { object } of caches.apiRules.values()) this.#tellApiRule(object.metadata, false);
    });
  }

  /** Translates all that there is, and tells all of it. */
  begin(): void {
    this.#begun = true;
    this.refresh();
    for (const { object } of this.#caches.apiRules.values()) this.#tellApiRule(object.metadata, false);
    for (const { apiRule } of this.#caches.virtualServices.values()) this.#tellApiRule(apiRule, false);
    for (const { owner } of this.#caches.authorizationPolicies.values())
      this.#tellApiRule(this.#apiRuleOf(owner), false);
    this.#tellAllWorkloads();
  }

  /** Takes all changes of the caches into account now. */
  refresh(): void {
    if (!this.#stale) return;
    this.#stale = false;
    this.#update();
  }

  /** The result for an APIRule; undefined for one that is not there or is being deleted. */
  resultOf(ref: ObjectRef): ApiRuleResult | undefined {
    const result = this.#translator.resultOf(ref);
    const gateway = result?.exposure && this.#gateways.get(cacheKey(result.exposure.gateway));
    return result && resultInReach(result, gateway);
  }

  /** Whether another APIRule has a host of a VirtualService of this one. */
  isTaken(ref: ObjectRef, { hosts, gateways }: Pick<KeptVirtualService, "hosts" | "gateways">): boolean {
    const owners = hosts.flatMap((host) =>
      gateways.flatMap((gateway) => this.#translator.ownerOfHost(host, gateway) ?? []),
    );
    return owners.some((owner) => cacheKey(owner) !== cacheKey(ref));
  }

  /** The policies with the given ids that results name. */
  policySet(ids: Iterable<string>): PolicySet {
    return this.#translator.policySet(ids);
  }

  /** The workload that serves a Gateway. */
  workloadOf(gateway: ObjectRef): string {
    return this.#noteWorkload(cacheKey(gateway));
  }

  /** Where an exposure is served, and what VirtualServices serve there beside it. */
  placeOf({ hosts, gateway }: Exposure): Omit<GatewayPlace, "namespace"> {
    const workload = this.workloadOf(gateway);
    const neighbours = new Set(this.workloads.neighboursOf(workload));
    const near = new Set(
      [...this.#gateways.keys()].filter((name) => neighbours.has(this.#noteWorkload(name))),
    );
    return {
      selector: this.workloads.selectorOf(workload),
      ports: portsOf(this.#gateways.get(cacheKey(gateway))),
      narrowerHosts: hosts.flatMap((host) =>
        this.#served.below(host, this.#translator.pods, (name) => near.has(name)),
      ),
    };
  }

  /** Everything that the results of all APIRules name. */
  wantedPolicySet(): PolicySet {
    return this.#translator.policySet(this.#wantedPolicies());
  }

  /** The warning for APIRules that depend on how gateways normalise paths. */
  pathNormalizationWarning(): string | undefined {
    return pathNormalizationWarning(this.#caches.meshConfig.values()[0]);
  }

  #setApiRule(ref: ObjectRef, kept: KeptApiRule | undefined, before: KeptApiRule | undefined): void {
    if (kept === undefined || kept.isDeleting) this.#translator.deleteApiRule(ref);
    else if (kept.uid !== before?.uid || kept.generation !== before.generation)
      this.#translator.setApiRule(kept.object);
    this.#schedule();
    this.#tellApiRule(ref, true);
  }

  #setService(ref: ObjectRef, object: KubernetesObject | undefined): void {
    const [service]: Service[] = object === undefined ? [] : collectResources([object]).resources.services;
    if (service === undefined) this.#translator.deleteService(ref);
    else this.#translator.setService(service);
    this.#schedule();
  }

  #setGateway(ref: ObjectRef, object: KubernetesObject | undefined): void {
    const [gateway]: Gateway[] = object === undefined ? [] : collectResources([object]).resources.gateways;
    if (gateway === undefined) this.#gateways.delete(cacheKey(ref));
    else this.#gateways.set(cacheKey(ref), gateway);
    this.#gatewaysChanged = true;
    this.#schedule();
  }

  #setVirtualService(
    ref: ObjectRef,
    kept: KeptVirtualService | undefined,
    before: KeptVirtualService | undefined,
  ): void {
    this.#noteLive(ref, kept);
    const served = (own: typeof kept) => own && { ...own, namespace: ref.namespace };
    this.#noteServed(cacheKey(ref), served(kept), served(before));
    const apiRule = (kept ?? before)?.apiRule;
    if (apiRule === undefined) return;
    if (bindingOf(kept) !== bindingOf(before)) {
      this.#translator.setIncumbent(apiRule, kept);
      this.#schedule();
    }
    this.#tellApiRule(apiRule, true);
  }

  #noteLive(ref: ObjectRef, kept: KeptVirtualService | undefined): void {
    const uses = (kept?.gateways ?? []).map((gateway) => ({
      workload: this.#gateways.has(gateway) ? this.#noteWorkload(gateway) : ANY_WORKLOAD,
      policies: kept?.policies ?? [],
    }));
    this.#tellWorkloads(this.workloads.live.set(cacheKey(ref), uses));
  }

  /** Tells the APIRules whose authorizers are not to be asked about hosts that somebody else has, or are again. */
  #noteServed(key: string, kept: ServedHost | undefined, before: ServedHost | undefined): void {
    if (bindingOf(kept) === bindingOf(before)) return;
    this.#served.set(key, kept);
    const hosts = new Set([...(kept?.hosts ?? []), ...(before?.hosts ?? [])]);
    for (const wildcard of new Set([...hosts].flatMap(wildcardsOver))) {
      for (const claimant of this.#translator.claimantsOf(wildcard)) {
        const checks = this.#translator.resultOf(claimant)?.exposure?.externalChecks;
        if (checks !== undefined) this.#tellApiRule(claimant, true);
      }
    }
  }

  #noteWorkload(gateway: string): string {
    return this.workloads.note(workloadSelector(this.#gateways.get(gateway)));
  }

  /** One that a Gateway has left behind is for a workload that nothing else may tell of. */
  #noteWasmPlugin(ref: ObjectRef, kept: KeptWasmPlugin | undefined): void {
    if (kept !== undefined && wasmPluginName(kept.selector) === ref.name) this.workloads.note(kept.selector);
    this.#tellAllWorkloads();
  }

  #schedule(): void {
    this.#stale = true;
    if (!this.#begun || this.#scheduled) return;
    this.#scheduled = true;
    setImmediate(() => {
      this.#scheduled = false;
      this.refresh();
    });
  }

  #update(): void {
    if (this.#gatewaysChanged) {
      this.#gatewaysChanged = false;
      this.#translator.setGateways([...this.#gateways.values()]);
      for (const gateway of this.#gateways.keys()) this.#noteWorkload(gateway);
      for (const [ref, kept] of this.#caches.virtualServices.entries()) this.#noteLive(ref, kept);
    }
    if (this.#meshChanged) {
      this.#meshChanged = false;
      this.#translator.setMesh(readMesh(this.#meshConfigMap()));
    }
    const changed = this.#translator.update();
    for (const [key, result] of changed) {
      this.#tellWorkloads(this.workloads.wanted.set(key, this.#usesOf(result?.exposure)));
      if (this.#begun) this.#listener.onApiRule(key, changed.size < BULK);
    }
    this.#freePolicies();
  }

  #meshConfigMap(): Parameters<typeof readMesh>[0] {
    const { meshConfig } = this.#caches;
    if (meshConfig.size === 0) return undefined;
    const [mesh] = meshConfig.values();
    return mesh === undefined ? {} : { data: { mesh } };
  }

  /** The APIRule that labels name; one of that very name where there is none. */
  #apiRuleOf(owner: ObjectRef): ObjectRef {
    const { apiRules } = this.#caches;
    if (apiRules.get(owner) !== undefined) return owner;
    const named = apiRules.entries().find(([ref]) => cacheKey(labelRef(ref)) === cacheKey(owner));
    return named?.[0] ?? owner;
  }

  #wantedPolicies(): Set<string> {
    return new Set(
      this.workloads.wanted
        .workloads()
        .flatMap((workload) => [...this.workloads.wanted.policiesAt(workload)]),
    );
  }

  /** Edits leave policies behind that no result names any more. */
  #freePolicies(): void {
    if (this.#translator.policyCount < this.#freeAbove) return;
    const wanted = this.#wantedPolicies();
    this.#translator.retainPolicies(wanted);
    this.#freeAbove = 2 * wanted.size + FREE_ABOVE;
  }

  #usesOf(exposure: Exposure | undefined): { workload: string; policies: string[] }[] {
    if (exposure === undefined) return [];
    const workload = this.#noteWorkload(cacheKey(exposure.gateway));
    return [{ workload, policies: exposure.routes.map(({ policy }) => policy) }];
  }

  #tellApiRule(ref: ObjectRef, isUrgent: boolean): void {
    if (this.#begun) this.#listener.onApiRule(cacheKey(ref), isUrgent);
  }

  #tellWorkloads(workloads: Iterable<string>): void {
    if (!this.#begun) return;
    for (const workload of workloads) {
      if (workload === ANY_WORKLOAD) this.#tellAllWorkloads();
      else for (const other of this.workloads.neighboursOf(workload)) this.#listener.onWorkload(other);
    }
  }

  #tellAllWorkloads(): void {
    if (!this.#begun) return;
    for (const workload of this.workloads.all()) this.#listener.onWorkload(workload);
  }
}

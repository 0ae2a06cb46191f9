/** What the leader does: works through everything that differs from what APIRules ask for. */
import { messageOf } from "../errors.ts";
import type { KeyStore } from "../keys/store.ts";
import type { ApiClient } from "../kube/api-client.ts";
import type { EventRecorder } from "../kube/event-recorder.ts";
import { refOfKey } from "../kube/object-cache.ts";
import { ObjectWriter } from "../kube/object-writer.ts";
import { WorkQueue } from "../kube/work-queue.ts";
import type { Logger } from "../log.ts";
import type { Exposure } from "../model/exposure.ts";
import { type WasmPluginOptions, wasmPluginName } from "../render/istio/wasm-plugin.ts";
import { ApiRuleReconciler } from "./api-rule-reconciler.ts";
import type { Caches } from "./caches.ts";
import { ClusterState } from "./cluster-state.ts";
import type { ControllerMetrics } from "./controller-metrics.ts";
import { DependencyReporter } from "./dependency-reporter.ts";
import { ExposuresInPlace } from "./exposures-in-place.ts";
import { ExternalChecks } from "./external-checks.ts";
import type { FindGateways } from "./gateway-addresses.ts";
import { GatewayIdentities } from "./gateway-identities.ts";
import { readGatewayMetrics } from "./gateway-metrics.ts";
import { GatewayObserver } from "./gateway-observer.ts";
import type { GatewayView } from "./gateway-view.ts";
import { Keys } from "./keys.ts";
import { NeededPolicies } from "./needed-policies.ts";
import { OwnedObjectWriter } from "./owned-object-writer.ts";
import type { RelayDirectory } from "./relay-directory.ts";
import { AUTHORIZATION_POLICIES, VIRTUAL_SERVICES, WASM_PLUGINS } from "./resource-types.ts";
import { RolloutGate } from "./rollout-gate.ts";
import { StatusWriter } from "./status-writer.ts";
import { WasmPluginReconciler, type WorkloadProblem } from "./wasm-plugin-reconciler.ts";

export interface LeadershipOptions {
  client: ApiClient;
  caches: Caches;
  events: EventRecorder;
  metrics: ControllerMetrics;
  createKeyStore: () => KeyStore;
  relay: Pick<RelayDirectory, "onChange" | "problemsOf">;
  findGateways: FindGateways;
  /** Whether this replica leads at this moment. */
  isLeader: () => boolean;
  plugin: WasmPluginOptions & { namespace: string };
  maxPluginBytes: number;
  gatewayTimeoutMs: number;
  graceMs: number;
  log: Logger;
}

const RULE_WORKERS = 16;
const WORKLOAD_WORKERS = 4;
const RETRIES = { retriesPerSecond: 50, retryBurst: 100, firstRetryMs: 100, retryCeilingMs: 10_000 };
const ORPHANS = "orphans";

/** Age of caches that work may begin with; another leader may have written since. */
const FRESH_MS = 5_000;

/** Everything of one replica that lives as long as it does; it writes only while it leads. */
export class Leadership {
  readonly #options: LeadershipOptions;
  readonly #state: ClusterState;
  readonly #keyStore: KeyStore;
  readonly #keys: Keys;
  readonly #observer: GatewayObserver;
  readonly #plugins: WasmPluginReconciler;
  readonly #rules: ApiRuleReconciler;
  readonly #places: ExposuresInPlace;
  readonly #gate: RolloutGate;
  readonly #dependencies: DependencyReporter;
  readonly #ruleQueue: WorkQueue;
  readonly #workloadQueue: WorkQueue;

  constructor(options: LeadershipOptions) {
    this.#options = options;
    const { caches, client, metrics, events, log } = options;
    const later = (queue: () => WorkQueue) => (key: string, delayMs: number) =>
      queue().addAfter(key, delayMs);
    const laterRule = later(() => this.#ruleQueue);
    this.#state = new ClusterState(caches, options.plugin.namespace, {
      onApiRule: (key, isUrgent) => (isUrgent ? this.#ruleQueue.addUrgent(key) : this.#ruleQueue.add(key)),
      onWorkload: (workload) => this.#workloadQueue.add(workload),
    });
    this.#keyStore = options.createKeyStore();
    this.#keyStore.onChange(() => this.#onKeys());
    this.#keyStore.onHealth(() => this.#onKeys());
    this.#keys = new Keys(this.#keyStore);
    options.relay.onChange((apiRules) => this.#addRules(apiRules));
    this.#observer = new GatewayObserver({
      find: options.findGateways,
      read: readGatewayMetrics,
      silenceMs: options.gatewayTimeoutMs,
      onChange: (workload, before, after) => this.#onGateways(workload, before, after),
      onKeysWanted: (keySet) => this.#keyStore.refresh(keySet),
      log,
    });
    const writer = new ObjectWriter({
      client,
      fieldManager: "tollgate",
      mayWrite: options.isLeader,
      onWrite: ({ plural }, verb) => metrics.countWrite(plural, verb),
    });
    this.#plugins = new WasmPluginReconciler({
      ...{ caches, state: this.#state, keys: this.#keys, observer: this.#observer },
      writer: new OwnedObjectWriter(writer, WASM_PLUGINS, caches.wasmPlugins),
      plugin: options.plugin,
      maxBytes: options.maxPluginBytes,
      graceMs: options.graceMs,
      redeliverMs: options.gatewayTimeoutMs,
      later: later(() => this.#workloadQueue),
      onProblem: (workload) => this.#addRules(this.#waitingAt(workload)),
      onSize: (name, bytes) => metrics.setPluginBytes(name, bytes),
      onFullness: (workload, plugin, note) => {
        const { wanted } = this.#state.workloads;
        for (const other of this.#state.workloads.neighboursOf(workload))
          this.#addRules(wanted.usersAt(other));
        const isLarge = this.#plugins.sizeWarningOf(workload) !== undefined;
        const type = isLarge ? "Warning" : "Normal";
        const reason = isLarge ? "ConfigurationLarge" : "ConfigurationFits";
        void events.record(plugin, { type, reason, action: "Reconcile", note });
      },
    });
    this.#gate = new RolloutGate({
      viewOf: (workload) => this.#observer.viewOf(workload),
      problemOf: (workload) => this.#problemOf(workload),
      timeoutMs: options.gatewayTimeoutMs,
      later: laterRule,
    });
    const statuses = new StatusWriter({ writer, cache: caches.apiRules, events });
    this.#dependencies = new DependencyReporter({
      ...{ caches, statuses, log },
      queue: (work) => this.#queue("apirule", RULE_WORKERS, work),
    });
    const checks = new ExternalChecks({
      ...{ caches, state: this.#state, namespace: options.plugin.namespace, later: laterRule },
      writer: new OwnedObjectWriter(writer, AUTHORIZATION_POLICIES, caches.authorizationPolicies),
    });
    const identities = new GatewayIdentities({
      workloads: this.#state.workloads,
      findGateways: options.findGateways,
      namespace: options.plugin.namespace,
      mesh: () => caches.meshConfig.values()[0],
    });
    this.#places = new ExposuresInPlace({ caches, later: laterRule });
    this.#rules = new ApiRuleReconciler({
      ...{ caches, state: this.#state, gate: this.#gate, writer, statuses, checks },
      virtualServices: new OwnedObjectWriter(writer, VIRTUAL_SERVICES, caches.virtualServices),
      needed: new NeededPolicies({ state: this.#state, checks, identities, later: laterRule }),
      places: this.#places,
      later: laterRule,
      keysReady: (exposure) => this.#keysReady(exposure),
      sizeWarningOf: (workload) => this.#sizeWarningOf(workload),
    });
    this.#ruleQueue = this.#queue("apirule", RULE_WORKERS, (key, signal) =>
      this.#rules.reconcile(refOfKey(key), signal),
    );
    this.#workloadQueue = this.#queue("wasmplugin", WORKLOAD_WORKERS, (key, signal) =>
      key === ORPHANS ? this.#plugins.removeOrphans(signal) : this.#reconcileWorkload(key, signal),
    );
    metrics.setMaxPluginBytes(options.maxPluginBytes);
    metrics.onCollect(() => ({
      states: this.#countStates(),
      queueDepth: this.#ruleQueue.depth + this.#workloadQueue.depth,
    }));
  }

  /** Leads until `signal` is aborted; settles when no write is under way any more. */
  async lead(signal: AbortSignal): Promise<void> {
    const { metrics, caches } = this.#options;
    metrics.setLeader(true);
    try {
      while (!signal.aborted) {
        const phase = AbortSignal.any([signal, caches.dependencies.changed]);
        if (caches.dependencies.missing.length === 0) await this.#work(phase);
        else await this.#dependencies.run(phase);
      }
    } finally {
      this.#keyStore.close();
      metrics.setLeader(false);
    }
  }

  /** Brings APIRules into force until `signal` is aborted. */
  async #work(signal: AbortSignal): Promise<void> {
    await this.#options.caches.refresh(FRESH_MS, signal);
    if (signal.aborted) return;
    this.#observer.start(signal);
    this.#places.clear();
    this.#state.begin();
    this.#workloadQueue.add(ORPHANS);
    await Promise.all([this.#workloadQueue.run(signal), this.#ruleQueue.run(signal)]);
  }

  #queue(
    kind: string,
    concurrency: number,
    work: (key: string, signal: AbortSignal) => Promise<void>,
  ): WorkQueue {
    const { metrics, log } = this.#options;
    return new WorkQueue({
      ...{ concurrency, ...RETRIES },
      work: (key, signal) => metrics.measure(kind, () => work(key, signal)),
      onFailure: (key, error, retryMs) =>
        log.warn(
          { [kind]: key, error: messageOf(error), retryMs: Math.round(retryMs) },
          "Reconciliation has failed",
        ),
    });
  }

  async #reconcileWorkload(workload: string, signal: AbortSignal): Promise<void> {
    this.#state.refresh();
    this.#keys.setSources(this.#state.wantedPolicySet().keySources);
    await this.#plugins.reconcile(workload, signal);
  }

  #keysReady({ gateway, routes }: Exposure): ReturnType<Keys["observe"]> {
    const { caches, plugin } = this.#options;
    const { workloads } = this.#state;
    const [workload = ""] = workloads.pluginsOf(this.#state.workloadOf(gateway));
    const selector = workloads.selectorOf(workload);
    const live = caches.wasmPlugins.get({ namespace: plugin.namespace, name: wasmPluginName(selector) });
    const { keySources, introspectionServers = [] } = this.#state.policySet(
      new Set(routes.map(({ policy }) => policy)),
    );
    const keys = this.#keys.observe(keySources, live?.config);
    const problems = this.#options.relay.problemsOf(introspectionServers);
    if (problems.length === 0 || keys.status !== "True") return keys;
    const message = `tokens cannot be introspected: ${problems.join("; ")}`;
    return { status: "False", reason: "ClientCredentialsUnavailable", message };
  }

  #onKeys(): void {
    const { workloads } = this.#state;
    for (const workload of workloads.all()) {
      this.#workloadQueue.add(workload);
      this.#addRules(workloads.wanted.usersAt(workload));
    }
  }

  #onGateways(workload: string, before: GatewayView, after: GatewayView): void {
    const { wanted } = this.#state.workloads;
    for (const other of this.#state.workloads.neighboursOf(workload)) this.#workloadQueue.add(other);
    this.#addRules(this.#gate.waitingFor(workload));
    for (const policy of before.policiesMissingIn(after)) this.#addRules(wanted.usersOf(workload, policy));
    const isOther =
      before.silent.join() !== after.silent.join() || (before.size === 0) !== (after.size === 0);
    if (isOther) this.#addRules(wanted.usersAt(workload));
  }

  /** Why a gateway of a workload may lack what an APIRule asks for. */
  #problemOf(workload: string): WorkloadProblem | undefined {
    const others = this.#state.workloads.neighboursOf(workload);
    return others.map((other) => this.#plugins.problemOf(other)).find((problem) => problem !== undefined);
  }

  /** What is told of the size of the WasmPlugins that reach the gateways of a workload. */
  #sizeWarningOf(workload: string): string | undefined {
    const plugins = this.#state.workloads.pluginsOf(workload);
    return plugins
      .map((other) => this.#plugins.sizeWarningOf(other))
      .find((warning) => warning !== undefined);
  }

  #waitingAt(workload: string): string[] {
    const others = this.#state.workloads.neighboursOf(workload);
    return others.flatMap((other) => this.#gate.waitingFor(other));
  }

  #addRules(keys: Iterable<string>): void {
    for (const key of keys) this.#ruleQueue.add(key);
  }

  #countStates(): Map<string, number> {
    const states = new Map<string, number>();
    for (const { status } of this.#options.caches.apiRules.values()) {
      const state = status?.state ?? "Unknown";
      states.set(state, (states.get(state) ?? 0) + 1);
    }
    return states;
  }
}

/** Keeps the WasmPlugins that the workloads of gateways take. */
import { LIMITS } from "../api/limits.ts";
import type { PluginConfig } from "../api/plugin-config.ts";
import type { KubernetesObject } from "../api/resources.ts";
import { messageOf } from "../errors.ts";
import { ApiError } from "../kube/api-error.ts";
import { routeIntrospection } from "../render/introspection.ts";
import { DEFAULT_RELAY, introspectionInCluster } from "../render/istio/introspection.ts";
import { renderWasmPlugin, type WasmPluginOptions, wasmPluginName } from "../render/istio/wasm-plugin.ts";
import { ConfigPacker } from "../render/packed-config.ts";
import { type NamedPolicySet, renderPluginConfig } from "../render/plugin-config.ts";
import { joinPolicySets, policiesIn } from "../render/plugin-config-parts.ts";
import { within } from "../standalone/within.ts";
import type { Caches } from "./caches.ts";
import type { ClusterState } from "./cluster-state.ts";
import { Fullness } from "./fullness.ts";
import type { GatewayObserver } from "./gateway-observer.ts";
import type { PluginTarget } from "./gateway-view.ts";
import type { KeptWasmPlugin } from "./kept-objects.ts";
import type { Keys } from "./keys.ts";
import type { OwnedObjectWriter } from "./owned-object-writer.ts";
import { delivered, Redelivery } from "./redelivery.ts";
import { Retirement } from "./retirement.ts";
import { ANY_WORKLOAD } from "./workloads.ts";

export interface WasmPluginReconcilerOptions {
  caches: Caches;
  state: ClusterState;
  keys: Keys;
  observer: GatewayObserver;
  writer: OwnedObjectWriter<KeptWasmPlugin>;
  plugin: WasmPluginOptions & { namespace: string };
  /** Largest WasmPlugin, as JSON. */
  maxBytes: number;
  /** For how long a policy stays that no route names any more. */
  graceMs: number;
  /** After this time a configuration that gateways do not take over is sent to them once more. */
  redeliverMs: number;
  /** Asks for another reconciliation. */
  later: (workload: string, delayMs: number) => void;
  /** Told when the problem of a workload has changed. */
  onProblem: (workload: string) => void;
  /** Told the size of each WasmPlugin; undefined when it is gone. */
  onSize: (name: string, bytes: number | undefined) => void;
  /** Told when the warning about the size of a workload's WasmPlugin has changed. */
  onFullness: (workload: string, plugin: KubernetesObject, note: string) => void;
}

/** Why a workload does not get what its APIRules ask for. */
export interface WorkloadProblem {
  /** `Warning` where it is expected to pass by itself. */
  state: "Warning" | "Error";
  reason: "ConfigurationTooLarge" | "WasmPluginNotWritten";
  message: string;
}

/** A WasmPlugin with the configuration that it carries. */
interface Rendered {
  pluginName: string;
  config: PluginConfig;
  object: KubernetesObject;
  /** Size of the object as JSON. */
  bytes: number;
  /** Why it is too large to be written; undefined when it is not. */
  excess: string | undefined;
}

/** Longest wait for the first keys of a new key source; its routes answer 503 until they come. */
const NEW_KEYS_MS = 2_000;

/** A policy that no route names goes only when the gateways are up to date; else it is looked at again after this time. */
const RECHECK_MS = 5_000;

/** Brings policies and keys to the gateways. */
export class WasmPluginReconciler {
  readonly #options: WasmPluginReconcilerOptions;
  /** When a WasmPlugin was first found that its workload does not take. */
  readonly #idleSince = new Map<string, number>();
  readonly #retirements = new Map<string, Retirement>();
  readonly #redeliveries = new Map<string, Redelivery>();
  readonly #problems = new Map<string, WorkloadProblem>();
  readonly #packers = new Map<string, ConfigPacker>();
  readonly #fullness: Fullness;

  constructor(options: WasmPluginReconcilerOptions) {
    this.#options = options;
    this.#fullness = new Fullness(options.maxBytes);
  }

  /** What there is to say about the size of a workload's WasmPlugin. */
  sizeWarningOf(workload: string): string | undefined {
    if (!this.#fullness.knows(workload)) this.#fullness.note(workload, this.#liveOf(workload)?.bytes ?? 0);
    return this.#fullness.warningOf(workload);
  }

  /** Why a workload does not get what its APIRules ask for; undefined when it does. */
  problemOf(workload: string): WorkloadProblem | undefined {
    return this.#problems.get(workload);
  }

  /** Makes the WasmPlugin of a workload be what it is meant to be. Rejects to be called again. */
  async reconcile(workload: string, signal: AbortSignal): Promise<void> {
    const { state, keys, observer } = this.#options;
    state.refresh();
    if (state.workloads.isInUse(workload) || this.#liveOf(workload) !== undefined)
      observer.follow(workload, state.workloads.selectorOf(workload));
    if (state.workloads.takesPlugin(workload)) {
      await within(NEW_KEYS_MS, keys.attempted());
      signal.throwIfAborted();
    }
    const live = this.#liveOf(workload);
    if (live?.config !== undefined)
      observer.expect({ ...this.#targetOf(workload), pluginName: live.pluginName }, live.config);
    const isTaken = state.workloads.takesPlugin(workload);
    if (isTaken) this.#idleSince.delete(workload);
    if (!isTaken && (live === undefined || this.#mayGo(workload, live.config)))
      return this.#remove(workload, live, signal);
    const retained = this.#retained(workload, live?.config);
    await this.#write(workload, this.#compose(workload, live?.config, retained), signal);
  }

  /** Deletes WasmPlugins of ours that belong to no known workload, unless a route may still name their policies. */
  async removeOrphans(signal: AbortSignal): Promise<void> {
    const { caches, state, plugin, writer } = this.#options;
    state.refresh();
    const known = new Set(state.workloads.all().map((workload) => this.#targetOf(workload).name));
    for (const { ref, config } of caches.wasmPlugins.values()) {
      if (ref.namespace === plugin.namespace && !known.has(ref.name) && !this.#isNamedAnywhere(config))
        await writer.remove(ref, signal);
    }
  }

  /** A WasmPlugin goes when no gateway can have a route any more that only this one checks. */
  #mayGo(workload: string, config: PluginConfig | undefined): boolean {
    const { state, observer, graceMs, later } = this.#options;
    const idleSince = this.#idleSince.get(workload) ?? performance.now();
    this.#idleSince.set(workload, idleSince);
    const graceLeftMs = idleSince + graceMs - performance.now();
    if (graceLeftMs > 0) {
      later(workload, graceLeftMs + 1);
      return false;
    }
    const isUpToDate = observer.viewOf(workload).shows(this.#targetOf(workload).name, config?.revision);
    const mayGo =
      isUpToDate &&
      !this.#isNamedAnywhere(config) &&
      state.workloads.reachedFrom(workload).every((other) => this.#hasItsOwn(other));
    if (!mayGo) later(workload, RECHECK_MS);
    return mayGo;
  }

  /** Whether the pods of a workload were seen to run all that its routes name in a WasmPlugin that stays. */
  #hasItsOwn(workload: string): boolean {
    const { workloads } = this.#options.state;
    const view = this.#options.observer.viewOf(workload);
    const policies = [...workloads.live.policiesAt(workload)];
    return workloads
      .pluginsOf(workload)
      .some((other) => policies.every((policy) => view.runsIn(this.#targetOf(other).name, policy)));
  }

  /** Whether a route of a workload that is not known may name a policy of a configuration. */
  #isNamedAnywhere(config: PluginConfig | undefined): boolean {
    const named = this.#options.state.workloads.live.policiesAt(ANY_WORKLOAD);
    return config?.policies.some(({ id }) => named.has(id)) ?? false;
  }

  #targetOf(workload: string): Pick<PluginTarget, "name" | "selector"> {
    const selector = this.#options.state.workloads.selectorOf(workload);
    return { name: wasmPluginName(selector), selector };
  }

  #retained(workload: string, live: PluginConfig | undefined): Set<string> {
    const { state, observer, graceMs, later } = this.#options;
    const retirement = this.#retirements.get(workload) ?? new Retirement(graceMs);
    this.#retirements.set(workload, retirement);
    const present = (live?.policies ?? []).map(({ id }) => id);
    const needed = state.workloads.wantedPolicies(workload);
    for (const id of state.workloads.livePolicies(workload)) needed.add(id);
    const isUpToDate = observer.viewOf(workload).shows(this.#targetOf(workload).name, live?.revision);
    const retained = retirement.retain(present, needed, performance.now());
    const expiry = retirement.nextExpiry();
    if (expiry !== undefined) later(workload, Math.max(expiry - performance.now(), 0) + 1);
    if (isUpToDate) return retained;
    const unused = present.filter((id) => !needed.has(id));
    if (unused.length > retained.size) later(workload, RECHECK_MS);
    return new Set(unused);
  }

  #compose(workload: string, live: PluginConfig | undefined, retained: ReadonlySet<string>): Rendered {
    const { workloads } = this.#options.state;
    const wanted = workloads.wantedPolicies(workload);
    const kept = new Set([...retained, ...workloads.livePolicies(workload)]);
    const old = live === undefined ? undefined : policiesIn(live, kept);
    const whole = this.#render(workload, wanted, old, live);
    if (whole.excess === undefined) {
      this.#setProblem(workload, undefined);
      return whole;
    }
    const message = `${whole.excess}; no further policy is taken in until others are gone`;
    this.#setProblem(workload, { state: "Error", reason: "ConfigurationTooLarge", message });
    const present = new Set(live?.policies.map(({ id }) => id));
    return this.#render(
      workload,
      [...wanted].filter((id) => present.has(id)),
      old,
      live,
    );
  }

  #render(
    workload: string,
    policies: Iterable<string>,
    old: NamedPolicySet | undefined,
    live: PluginConfig | undefined,
  ): Rendered {
    const { state, keys, plugin, maxBytes } = this.#options;
    const routing = introspectionInCluster(plugin.relay ?? DEFAULT_RELAY);
    const wanted = routeIntrospection(state.policySet(policies), routing);
    const policySet = old === undefined ? wanted : joinPolicySets(wanted, old);
    const config = renderPluginConfig(policySet, keys.withLastGood(policySet.keySources, live), plugin);
    const packer = this.#packers.get(workload) ?? new ConfigPacker();
    this.#packers.set(workload, packer);
    const sent = packer.pack(config);
    const pluginName = this.#pluginNameOf(workload);
    const object = renderWasmPlugin(state.workloads.selectorOf(workload), sent, plugin, pluginName);
    const bytes = Buffer.byteLength(JSON.stringify(object));
    const inflatedBytes = "deflate" in sent ? sent.inflatedBytes : 0;
    return { config, pluginName, object, bytes, excess: excessOf(bytes, maxBytes, inflatedBytes) };
  }

  async #write(
    workload: string,
    { config, pluginName, object, bytes }: Rendered,
    signal: AbortSignal,
  ): Promise<void> {
    const { writer, observer, onSize, onFullness, maxBytes } = this.#options;
    onSize(object.metadata.name, bytes);
    if (this.#fullness.note(workload, bytes))
      onFullness(workload, object, `the WasmPlugin has ${bytes} of at most ${maxBytes} bytes`);
    if (!writer.isInPlace(object)) {
      try {
        await writer.write(object, signal);
      } catch (error) {
        if (error instanceof ApiError) this.#setProblem(workload, notWritten(error));
        throw error;
      }
    }
    observer.expect({ ...this.#targetOf(workload), pluginName }, config);
    await this.#redeliver(workload, object, config.revision, signal);
  }

  async #redeliver(
    workload: string,
    object: KubernetesObject,
    revision: string,
    signal: AbortSignal,
  ): Promise<void> {
    const { observer, writer, later, redeliverMs } = this.#options;
    const redelivery = this.#redeliveries.get(workload) ?? new Redelivery(redeliverMs);
    this.#redeliveries.set(workload, redelivery);
    const view = observer.viewOf(workload);
    const isLate =
      view.isKnown && view.silent.length < view.size && !view.shows(object.metadata.name, revision);
    const dueMs = redelivery.due(revision, isLate, performance.now());
    if (dueMs === undefined) return;
    if (dueMs > 0) return later(workload, dueMs + 1);
    redelivery.attempted(performance.now());
    await writer.write(delivered(object, new Date()), signal);
    later(workload, redeliverMs);
  }

  async #remove(workload: string, live: KeptWasmPlugin | undefined, signal: AbortSignal): Promise<void> {
    const { state, observer, writer, onSize } = this.#options;
    if (live !== undefined) await writer.remove(live.ref, signal);
    onSize(this.#targetOf(workload).name, undefined);
    observer.expectNot(this.#targetOf(workload));
    if (!state.workloads.isInUse(workload)) observer.forget(workload);
    this.#idleSince.delete(workload);
    this.#retirements.delete(workload);
    this.#redeliveries.delete(workload);
    this.#packers.delete(workload);
    this.#fullness.forget(workload);
    this.#setProblem(workload, undefined);
  }

  /** Gateways go on to show the revision of a WasmPlugin that is gone. So one that comes anew has another name there. */
  #pluginNameOf(workload: string): string {
    const { name } = this.#targetOf(workload);
    const { pluginName = "" } = this.#liveOf(workload) ?? {};
    return pluginName.startsWith(`${name}.`) ? pluginName : `${name}.${Date.now().toString(36)}`;
  }

  #liveOf(workload: string): KeptWasmPlugin | undefined {
    const { caches, plugin } = this.#options;
    return caches.wasmPlugins.get({ namespace: plugin.namespace, name: this.#targetOf(workload).name });
  }

  #setProblem(workload: string, problem: WorkloadProblem | undefined): void {
    const before = this.#problems.get(workload);
    if (before?.reason === problem?.reason && before?.message === problem?.message) return;
    if (problem === undefined) this.#problems.delete(workload);
    else this.#problems.set(workload, problem);
    this.#options.onProblem(workload);
  }
}

function excessOf(bytes: number, maxBytes: number, inflatedBytes: number): string | undefined {
  const excess = (what: string, size: number, max: number) =>
    size > max ? `${what} would have ${size} bytes, and at most ${max} are allowed` : undefined;
  return (
    excess("the WasmPlugin with the configuration of the filter", bytes, maxBytes) ??
    excess("the configuration of the filter, before it is packed,", inflatedBytes, LIMITS.maxConfigBytes)
  );
}

function notWritten(error: ApiError): WorkloadProblem {
  const message = `WasmPluginErrors: ${messageOf(error)}`;
  return { state: error.isRefusal ? "Error" : "Warning", reason: "WasmPluginNotWritten", message };
}

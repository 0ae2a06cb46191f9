/** Keeps one WasmPlugin for each gateway workload that serves anything. */
import { LIMITS } from "../api/limits.ts";
import type { PluginConfig } from "../api/plugin-config.ts";
import type { KubernetesObject } from "../api/resources.ts";
import { messageOf } from "../errors.ts";
import { ApiError } from "../kube/api-error.ts";
import type { ObjectRef } from "../model/exposure.ts";
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
import type { KeptWasmPlugin } from "./kept-objects.ts";
import type { Keys } from "./keys.ts";
import type { OwnedObjectWriter } from "./owned-object-writer.ts";
import { delivered, Redelivery } from "./redelivery.ts";
import { Retirement } from "./retirement.ts";

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
  /** Told the size of each WasmPlugin. */
  onSize: (name: string, bytes: number) => void;
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
    const selector = state.selectorOf(workload);
    if (selector === undefined) return;
    if (this.#neededAt(workload).size > 0) {
      observer.follow(workload, selector);
      await within(NEW_KEYS_MS, keys.attempted());
      signal.throwIfAborted();
    }
    const live = this.#liveOf(workload);
    const retained = this.#retained(workload, live?.config);
    const needed = this.#neededAt(workload);
    if (needed.size + retained.size === 0) return this.#remove(workload, live, signal);
    if (live?.config !== undefined) observer.expect(workload, live.config);
    await this.#write(workload, this.#compose(workload, live?.config, retained), signal);
  }

  /** Deletes WasmPlugins of ours that belong to no known workload, unless a route may still name their policies. */
  async removeOrphans(signal: AbortSignal): Promise<void> {
    const { caches, state, plugin, writer } = this.#options;
    state.refresh();
    const known = new Set(state.selectors().map(wasmPluginName));
    const named = state.livePoliciesAt("");
    for (const { ref, config } of caches.wasmPlugins.values()) {
      const isNamed = config?.policies.some(({ id }) => named.has(id)) ?? false;
      if (ref.namespace === plugin.namespace && !known.has(ref.name) && !isNamed)
        await writer.remove(ref, signal);
    }
  }

  #neededAt(workload: string): Set<string> {
    const { state } = this.#options;
    return new Set([...state.wanted.policiesAt(workload), ...state.livePoliciesAt(workload)]);
  }

  #retained(workload: string, live: PluginConfig | undefined): Set<string> {
    const { observer, graceMs, later } = this.#options;
    const retirement = this.#retirements.get(workload) ?? new Retirement(graceMs);
    this.#retirements.set(workload, retirement);
    const present = (live?.policies ?? []).map(({ id }) => id);
    const needed = this.#neededAt(workload);
    const isUpToDate = observer.viewOf(workload).shows(live?.revision);
    const retained = retirement.retain(present, needed, performance.now());
    const expiry = retirement.nextExpiry();
    if (expiry !== undefined) later(workload, Math.max(expiry - performance.now(), 0) + 1);
    if (isUpToDate) return retained;
    const unused = present.filter((id) => !needed.has(id));
    if (unused.length > retained.size) later(workload, RECHECK_MS);
    return new Set(unused);
  }

  #compose(workload: string, live: PluginConfig | undefined, retained: ReadonlySet<string>): Rendered {
    const { state } = this.#options;
    const wanted = state.wanted.policiesAt(workload);
    const kept = new Set([...retained, ...state.livePoliciesAt(workload)]);
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
    const object = renderWasmPlugin(state.selectorOf(workload) ?? {}, sent, plugin);
    const bytes = Buffer.byteLength(JSON.stringify(object));
    const inflatedBytes = "deflate" in sent ? sent.inflatedBytes : 0;
    return { config, object, bytes, excess: excessOf(bytes, maxBytes, inflatedBytes) };
  }

  async #write(workload: string, { config, object, bytes }: Rendered, signal: AbortSignal): Promise<void> {
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
    observer.expect(workload, config);
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
    const isLate = view.isKnown && view.silent.length < view.size && !view.shows(revision);
    const dueMs = redelivery.due(revision, isLate, performance.now());
    if (dueMs === undefined) return;
    if (dueMs > 0) return later(workload, dueMs + 1);
    redelivery.attempted(performance.now());
    await writer.write(delivered(object, new Date()), signal);
    later(workload, redeliverMs);
  }

  async #remove(workload: string, live: KeptWasmPlugin | undefined, signal: AbortSignal): Promise<void> {
    this.#options.observer.forget(workload);
    this.#retirements.delete(workload);
    this.#redeliveries.delete(workload);
    this.#packers.delete(workload);
    this.#fullness.forget(workload);
    this.#setProblem(workload, undefined);
    if (live !== undefined) await this.#options.writer.remove(live.ref, signal);
  }

  #liveOf(workload: string): KeptWasmPlugin | undefined {
    const { caches, state, plugin } = this.#options;
    const ref: ObjectRef = {
      namespace: plugin.namespace,
      name: wasmPluginName(state.selectorOf(workload) ?? {}),
    };
    return caches.wasmPlugins.get(ref);
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

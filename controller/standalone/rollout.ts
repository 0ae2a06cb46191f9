import type { PluginConfig } from "../api/plugin-config.ts";
import { ControllerError, messageOf } from "../errors.ts";
import type { KeyStore } from "../keys/store.ts";
import type { Logger } from "../log.ts";
import type { PolicySet } from "../model/exposure.ts";
import type { RelayTargets } from "../relay/relay-targets.ts";
import {
  type DiscoveryFile,
  introspectionOnMachine,
  renderDiscoveryFiles,
  renderEnvoy,
} from "../render/envoy/index.ts";
import { routeIntrospection } from "../render/introspection.ts";
import { renderPluginConfig } from "../render/plugin-config.ts";
import type { AppliedConfiguration } from "./applied-configuration.ts";
import { InUse, type Named } from "./in-use.ts";
import type { RunDirectory } from "./run-directory.ts";
import type { InForce } from "./state.ts";
import { within } from "./within.ts";

/** What a rollout works with. */
export interface RolloutOptions {
  runDirectory: RunDirectory;
  applied: AppliedConfiguration;
  keyStore: Pick<KeyStore, "setSources" | "attempted" | "keys">;
  /** Told what the relay serves. */
  relayTargets: Pick<RelayTargets, "set">;
  wasmFile: string;
  portOverride?: number;
  accessLog?: string;
  log: Logger;
  /** Ends all rollouts. */
  signal: AbortSignal;
}

/** A state with everything that Envoy needs for it. */
interface Rendered {
  /** What the routes of this state name. */
  named: Named;
  files: DiscoveryFile[];
  pluginConfig: PluginConfig;
}

/** Longest wait for the first keys of a new key source, at the start and later: its routes answer 503 until then. */
const FIRST_KEYS_MS = 5_000;
const NEW_KEYS_MS = 700;

/** Wait before a rollout that failed for want of an answer is tried again. */
const RETRY_MS = 5_000;

/**
 * Brings configurations to Envoy, make before break: clusters, then the filter with old and new policies, then
 * routes and listeners, each only when Envoy runs what is before it. Policies and clusters that no route names any more
 * go later. One rollout runs at a time, and of those that wait only the latest counts.
 */
export class Rollout {
  readonly #options: RolloutOptions;
  readonly #inUse = new InUse();
  #wanted: InForce;
  #pending = false;
  #running: Promise<void> | undefined;
  #timer: NodeJS.Timeout | undefined;

  constructor(initial: InForce, options: RolloutOptions) {
    this.#wanted = initial;
    this.#options = options;
  }

  /** Writes everything for an Envoy that is about to start, and returns what it is then to run. */
  async prepare(): Promise<{ files: readonly DiscoveryFile[]; revision: string }> {
    const { keyStore, runDirectory } = this.#options;
    this.#setSources();
    await within(FIRST_KEYS_MS, keyStore.attempted());
    const { named, files, pluginConfig } = this.#render();
    this.#inUse.add(named);
    for (const { path, content } of files) await runDirectory.write(path, content);
    return { files, revision: pluginConfig.revision };
  }

  /** Rolls out another state. */
  update(wanted: InForce): void {
    this.#wanted = wanted;
    this.refresh();
  }

  /** Rolls out what has changed beside the state: keys, and what is not in use any more. */
  refresh(): void {
    this.#pending = true;
    this.#running ??= this.#run();
  }

  /** To be called when the signal is aborted; settles when nothing runs any more. */
  async close(): Promise<void> {
    clearTimeout(this.#timer);
    await this.#running;
  }

  async #run(): Promise<void> {
    while (this.#pending && !this.#options.signal.aborted) {
      this.#pending = false;
      await this.#rollOut();
    }
    this.#running = undefined;
  }

  async #rollOut(): Promise<void> {
    const { log, keyStore, signal } = this.#options;
    const startedAt = performance.now();
    clearTimeout(this.#timer);
    try {
      this.#inUse.expire(Date.now());
      this.#setSources();
      await within(NEW_KEYS_MS, keyStore.attempted());
      const rendered = this.#render();
      if (await this.#publish(rendered)) {
        const milliseconds = Math.round(performance.now() - startedAt);
        log.info({ revision: rendered.pluginConfig.revision, milliseconds }, "Configuration is in force");
      }
      this.#scheduleNext(this.#inUse.nextExpiry());
    } catch (error) {
      if (signal.aborted) return;
      log.error({ error: messageOf(error) }, "Configuration is not in force; the last good one serves");
      const refused = error instanceof ControllerError && error.code === "config_refused";
      this.#scheduleNext(refused ? this.#inUse.nextExpiry() : Date.now() + RETRY_MS);
    }
  }

  /** @returns whether anything had to be written */
  async #publish({ named, files, pluginConfig }: Rendered): Promise<boolean> {
    const of = (...services: DiscoveryFile["service"][]) =>
      files.filter(({ service }) => services.includes(service));
    const newClusters = await this.#step(of("cds"));
    const newFilter = await this.#step(of("ecds"), pluginConfig.revision);
    this.#inUse.add(named);
    const newRoutes = await this.#step(of("sds", "rds", "lds"));
    this.#inUse.confirm(Date.now());
    if (this.#inUse.nextExpiry() === undefined) await this.#removeStaleFiles(files);
    return newClusters || newFilter || newRoutes;
  }

  /** Writes the files that differ and waits until Envoy runs them. */
  async #step(files: readonly DiscoveryFile[], revision?: string): Promise<boolean> {
    const { applied, runDirectory } = this.#options;
    const changed = files.filter(({ path, content }) => runDirectory.differs(path, content));
    if (changed.length === 0) return false;
    const refusals = await applied.refusals();
    for (const { path, content } of changed) await runDirectory.write(path, content);
    try {
      await applied.waitFor({ files: changed, ...(revision !== undefined && { revision }) }, refusals);
    } catch (error) {
      for (const { path } of changed) runDirectory.forget(path);
      throw error;
    }
    return true;
  }

  async #removeStaleFiles(current: readonly DiscoveryFile[]): Promise<void> {
    const { runDirectory } = this.#options;
    const paths = new Set(current.map(({ path }) => path));
    const stale = runDirectory.files().filter((path) => /^(rds|sds)\//.test(path) && !paths.has(path));
    for (const path of stale) await runDirectory.remove(path);
  }

  #scheduleNext(time: number | undefined): void {
    if (time === undefined || this.#options.signal.aborted) return;
    this.#timer = setTimeout(() => this.refresh(), Math.max(time - Date.now(), 0));
  }

  /** Before the filter gets the policies, their keys are fetched and their introspection servers relayed to. */
  #setSources(): void {
    const { keyStore, relayTargets } = this.#options;
    const { keySources, introspectionServers } = this.#policiesInUse();
    keyStore.setSources(keySources);
    relayTargets.set(introspectionServers ?? [], this.#wanted.secrets);
  }

  #policiesInUse(): PolicySet {
    return this.#inUse.with({ policySet: this.#wanted.policySet, clusters: [] }).policySet;
  }

  #render(): Rendered {
    const { keyStore, runDirectory, wasmFile, portOverride, accessLog } = this.#options;
    const { policySet, exposures, gateways, services, secrets, mesh } = this.#wanted;
    const inUse = this.#policiesInUse();
    const pluginConfig = renderPluginConfig(
      routeIntrospection(inUse, introspectionOnMachine),
      keyStore.keys(),
    );
    const files = renderEnvoy({
      ...{ exposures, gateways, services, secrets, pluginConfig, wasmFile, runDir: runDirectory.path },
      introspectionServers: policySet.introspectionServers,
      mesh,
      ...(portOverride !== undefined && { portOverride }),
      ...(accessLog !== undefined && { accessLog }),
    });
    const named = { policySet, clusters: files.clusters };
    const { clusters } = this.#inUse.with(named);
    return { named, files: renderDiscoveryFiles({ ...files, clusters }), pluginConfig };
  }
}

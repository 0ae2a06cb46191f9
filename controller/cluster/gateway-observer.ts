/** Watches which policies the gateways run. */
import type { PluginConfig } from "../api/plugin-config.ts";
import { messageOf } from "../errors.ts";
import type { Logger } from "../log.ts";
import { canSharePods, type Selector } from "../render/istio/selector.ts";
import { ConfigHistory } from "./config-history.ts";
import type { FindGateways, FoundGateway } from "./gateway-addresses.ts";
import type { GatewayMetrics } from "./gateway-metrics.ts";
import { GatewayView, type KnownPlugin, type PluginTarget, type Sighting } from "./gateway-view.ts";
import { Pause } from "./pause.ts";

export interface GatewayObserverOptions {
  find: FindGateways;
  read: (address: string, timeoutMs: number, signal: AbortSignal) => Promise<GatewayMetrics>;
  /** A gateway that has not answered for so long is silent. Until then it is taken to run what it last showed. */
  silenceMs: number;
  /** Told when what the gateways of a workload run has changed. */
  onChange: (workload: string, before: GatewayView, after: GatewayView) => void;
  /** Told when a gateway has met tokens whose `kid` names no known key. */
  onUnknownKeyId: () => void;
  log: Logger;
}

interface Followed {
  selector: Selector;
  sightings: Map<string, Sighting>;
  view: GatewayView;
  pause: Pause;
}

interface ExpectedPlugin extends KnownPlugin {
  /** Revision that the gateways are about to take over. */
  expected: string;
}

const READ_TIMEOUT_MS = 2_000;
const FAST_POLL_MS = 40;
const SLOW_POLL_MS = 5_000;
/** A poll costs the gateway something, so the pause after one is so many times as long as it took. */
const PAUSE_FACTOR = 3;

/** Polls the gateways of each workload: often while they are to take something over, else now and then. */
export class GatewayObserver {
  readonly #options: GatewayObserverOptions;
  readonly #followed = new Map<string, Followed>();
  readonly #plugins = new Map<string, ExpectedPlugin>();
  #unknownKeyIds = Number.POSITIVE_INFINITY;
  #signal: AbortSignal | undefined;

  constructor(options: GatewayObserverOptions) {
    this.#options = options;
  }

  /** Polls what is followed until `signal` is aborted. */
  start(signal: AbortSignal): void {
    this.#signal = signal;
    for (const [workload, followed] of this.#followed) void this.#poll(workload, followed, signal);
  }

  /** Begins to follow the gateways of a workload, once. */
  follow(workload: string, selector: Selector): void {
    if (this.#followed.has(workload)) return;
    const followed: Followed = {
      selector,
      sightings: new Map(),
      view: GatewayView.unknown,
      pause: new Pause(),
    };
    this.#followed.set(workload, followed);
    if (this.#signal !== undefined) void this.#poll(workload, followed, this.#signal);
  }

  /** Ceases to follow a workload. */
  forget(workload: string): void {
    const followed = this.#followed.get(workload);
    this.#followed.delete(workload);
    followed?.pause.end();
  }

  /** Names a configuration that the gateways are to run, so that it is recognised and looked out for. */
  expect(target: PluginTarget, config: PluginConfig): void {
    const known = this.#plugins.get(target.name);
    const history = known?.history ?? new ConfigHistory();
    history.add(config);
    if (known?.expected === config.revision && known.pluginName === target.pluginName) return;
    this.#plugins.set(target.name, { ...target, history, expected: config.revision });
    this.#lookAgainAt(target.selector);
  }

  /** Says that a WasmPlugin is not there any more. */
  expectNot({ name, selector }: Pick<PluginTarget, "name" | "selector">): void {
    if (this.#plugins.delete(name)) this.#lookAgainAt(selector);
  }

  /** What the gateways of a workload were last seen to run. */
  viewOf(workload: string): GatewayView {
    return this.#followed.get(workload)?.view ?? GatewayView.unknown;
  }

  async #poll(workload: string, followed: Followed, signal: AbortSignal): Promise<void> {
    while (!signal.aborted && this.#followed.get(workload) === followed) {
      const startedAt = performance.now();
      await this.#look(workload, followed, signal);
      const took = performance.now() - startedAt;
      const settled = [...this.#plugins.values()].every(({ name, expected }) =>
        followed.view.shows(name, expected),
      );
      await followed.pause.wait(settled ? SLOW_POLL_MS : Math.max(FAST_POLL_MS, took * PAUSE_FACTOR), signal);
    }
  }

  async #look(workload: string, followed: Followed, signal: AbortSignal): Promise<void> {
    const gateways = await this.#find(followed, signal);
    if (gateways === undefined || signal.aborted) return;
    const found = new Set(gateways.map(({ address }) => address));
    for (const address of followed.sightings.keys()) {
      if (!found.has(address)) followed.sightings.delete(address);
    }
    const counts = await Promise.all(gateways.map((gateway) => this.#see(gateway, followed, signal)));
    this.#compareKeyIds(counts.reduce((sum, count) => sum + count, 0));
    if (signal.aborted) return;
    const { silenceMs, onChange } = this.#options;
    const before = followed.view;
    const plugins = [...this.#plugins.values()];
    followed.view = GatewayView.of(
      ...([followed.selector, followed.sightings, plugins, silenceMs, performance.now()] as const),
    );
    if (!followed.view.equals(before)) onChange(workload, before, followed.view);
  }

  async #find({ selector }: Followed, signal: AbortSignal): Promise<FoundGateway[] | undefined> {
    try {
      return await this.#options.find(selector, signal);
    } catch (error) {
      if (!signal.aborted) this.#options.log.warn({ error: messageOf(error) }, "Gateways could not be found");
      return undefined;
    }
  }

  async #see(
    { address, labels }: FoundGateway,
    { sightings }: Followed,
    signal: AbortSignal,
  ): Promise<number> {
    const {
      revisions = new Map(),
      unknownKeyIds = 0,
      failingSince = performance.now(),
    } = sightings.get(address) ?? {};
    try {
      const shown = await this.#options.read(address, READ_TIMEOUT_MS, signal);
      sightings.set(address, { ...shown, labels, failingSince: undefined });
      return shown.unknownKeyIds;
    } catch {
      sightings.set(address, { revisions, unknownKeyIds, labels, failingSince });
      return unknownKeyIds;
    }
  }

  #lookAgainAt(selector: Selector): void {
    for (const followed of this.#followed.values())
      if (canSharePods(followed.selector, selector)) followed.pause.end();
  }

  #compareKeyIds(count: number): void {
    if (count > this.#unknownKeyIds) this.#options.onUnknownKeyId();
    this.#unknownKeyIds = count;
  }
}

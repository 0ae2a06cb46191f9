/** Watches which policies the gateways run. */
import type { PluginConfig } from "../api/plugin-config.ts";
import { messageOf } from "../errors.ts";
import type { Logger } from "../log.ts";
import { canSharePods, type Selector } from "../model/selector.ts";
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
  /** Told the id of each key set that a gateway wants to be fetched. */
  onKeysWanted: (keySet: string) => void;
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
/** How long a key set that is wanted may wait to be seen. */
const SLOW_POLL_MS = 500;
/** A poll costs the gateway something, so the pause after one is at least so many times as long as it took. */
const PAUSE_FACTOR = 3;
const SLOW_PAUSE_FACTOR = 5;

/** Polls the gateways of each workload: often while they are to take something over, else now and then. */
export class GatewayObserver {
  readonly #options: GatewayObserverOptions;
  readonly #followed = new Map<string, Followed>();
  readonly #plugins = new Map<string, ExpectedPlugin>();
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
      const pauseMs = settled
        ? Math.max(SLOW_POLL_MS, took * SLOW_PAUSE_FACTOR)
        : Math.max(FAST_POLL_MS, took * PAUSE_FACTOR);
      await followed.pause.wait(pauseMs, signal);
    }
  }

  async #look(workload: string, followed: Followed, signal: AbortSignal): Promise<void> {
    const gateways = await this.#find(followed, signal);
    if (gateways === undefined || signal.aborted) return;
    const found = new Set(gateways.map(({ address }) => address));
    for (const address of followed.sightings.keys()) {
      if (!found.has(address)) followed.sightings.delete(address);
    }
    await Promise.all(gateways.map((gateway) => this.#see(gateway, followed, signal)));
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

  async #see({ address, labels }: FoundGateway, { sightings }: Followed, signal: AbortSignal): Promise<void> {
    const before = sightings.get(address);
    const fetchesWanted = before?.fetchesWanted ?? new Map<string, number>();
    try {
      const shown = await this.#options.read(address, READ_TIMEOUT_MS, signal);
      sightings.set(address, { ...shown, labels, failingSince: undefined });
      for (const [keySet, count] of shown.fetchesWanted) {
        if (count > (fetchesWanted.get(keySet) ?? 0)) this.#options.onKeysWanted(keySet);
      }
    } catch {
      const { revisions = new Map(), failingSince = performance.now() } = before ?? {};
      sightings.set(address, { revisions, fetchesWanted, labels, failingSince });
    }
  }

  #lookAgainAt(selector: Selector): void {
    for (const followed of this.#followed.values())
      if (canSharePods(followed.selector, selector)) followed.pause.end();
  }
}

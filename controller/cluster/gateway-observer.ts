/** Watches which policies the gateways run. */
import type { PluginConfig } from "../api/plugin-config.ts";
import { messageOf } from "../errors.ts";
import type { Logger } from "../log.ts";
import type { Selector } from "../render/istio/wasm-plugin.ts";
import { ConfigHistory } from "./config-history.ts";
import type { FindGateways } from "./gateway-addresses.ts";
import type { GatewayMetrics } from "./gateway-metrics.ts";
import { GatewayView, type Sighting } from "./gateway-view.ts";
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
  history: ConfigHistory;
  sightings: Map<string, Sighting>;
  view: GatewayView;
  /** Revision that the gateways are about to take over. */
  expected: string | undefined;
  pause: Pause;
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
      history: new ConfigHistory(),
      sightings: new Map(),
      view: GatewayView.unknown,
      expected: undefined,
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

  /** Names a configuration that the gateways of a workload are to run, so that it is recognised and looked out for. */
  expect(workload: string, config: PluginConfig): void {
    const followed = this.#followed.get(workload);
    if (followed === undefined) return;
    followed.history.add(config);
    if (followed.expected === config.revision) return;
    followed.expected = config.revision;
    followed.pause.end();
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
      const settled = followed.view.shows(followed.expected);
      await followed.pause.wait(settled ? SLOW_POLL_MS : Math.max(FAST_POLL_MS, took * PAUSE_FACTOR), signal);
    }
  }

  async #look(workload: string, followed: Followed, signal: AbortSignal): Promise<void> {
    const addresses = await this.#find(followed, signal);
    if (addresses === undefined || signal.aborted) return;
    for (const address of followed.sightings.keys()) {
      if (!addresses.includes(address)) followed.sightings.delete(address);
    }
    const counts = await Promise.all(addresses.map((address) => this.#see(address, followed, signal)));
    this.#compareKeyIds(counts.reduce((sum, count) => sum + count, 0));
    if (signal.aborted) return;
    const { silenceMs, onChange } = this.#options;
    const before = followed.view;
    followed.view = GatewayView.of(followed.sightings, followed.history, silenceMs, performance.now());
    if (!followed.view.equals(before)) onChange(workload, before, followed.view);
  }

  async #find({ selector }: Followed, signal: AbortSignal): Promise<string[] | undefined> {
    try {
      return await this.#options.find(selector, signal);
    } catch (error) {
      if (!signal.aborted) this.#options.log.warn({ error: messageOf(error) }, "Gateways could not be found");
      return undefined;
    }
  }

  async #see(address: string, { sightings }: Followed, signal: AbortSignal): Promise<number> {
    const known = sightings.get(address);
    try {
      const { revision, unknownKeyIds } = await this.#options.read(address, READ_TIMEOUT_MS, signal);
      sightings.set(address, { revision, unknownKeyIds, failingSince: undefined });
      return unknownKeyIds;
    } catch {
      const failingSince = known?.failingSince ?? performance.now();
      const unknownKeyIds = known?.unknownKeyIds ?? 0;
      sightings.set(address, { revision: known?.revision, unknownKeyIds, failingSince });
      return unknownKeyIds;
    }
  }

  #compareKeyIds(count: number): void {
    if (count > this.#unknownKeyIds) this.#options.onUnknownKeyId();
    this.#unknownKeyIds = count;
  }
}

/** What the gateways of one workload were seen to run. */
import { canSharePods, covers, type Selector } from "../model/selector.ts";
import type { ConfigHistory } from "./config-history.ts";
import { type GatewayMetrics, revisionOf } from "./gateway-metrics.ts";

/** A WasmPlugin, and the pods that it reaches. */
export interface PluginTarget {
  name: string;
  /** Under which its revision is shown. */
  pluginName: string;
  selector: Selector;
}

/** What is known of a WasmPlugin in the cluster. */
export interface KnownPlugin extends PluginTarget {
  history: ConfigHistory;
}

/** What one gateway has shown last. */
export interface Sighting extends GatewayMetrics {
  /** Of the pod; undefined: not known, so that it may have those of any selector. */
  labels: Selector | undefined;
  /** Monotonic milliseconds; undefined when the last look at it has succeeded. */
  failingSince: number | undefined;
}

/** A WasmPlugin in a gateway. */
interface Shown {
  address: string;
  plugin: string;
  revision: string | undefined;
  policies: ReadonlySet<string>;
}

const NONE: ReadonlySet<string> = new Set();

/** One look at all gateways of a workload, and at every WasmPlugin that reaches them. */
export class GatewayView {
  /** Before the first look. */
  static readonly unknown = new GatewayView(undefined, [], []);

  /** Undefined when it is not known which gateways there are. */
  readonly #addresses: readonly string[] | undefined;
  readonly #shown: readonly Shown[];
  /** Addresses of the gateways that do not answer. */
  readonly silent: readonly string[];
  readonly #policies: ReadonlySet<ReadonlySet<string>>;

  private constructor(
    addresses: readonly string[] | undefined,
    shown: readonly Shown[],
    silent: readonly string[],
  ) {
    this.#addresses = addresses;
    this.#shown = shown;
    this.silent = silent;
    this.#policies = new Set(shown.map(({ policies }) => policies));
  }

  /** What sightings by address tell of a workload with that selector. */
  static of(
    selector: Selector,
    sightings: ReadonlyMap<string, Sighting>,
    plugins: readonly KnownPlugin[],
    silenceMs: number,
    now: number,
  ): GatewayView {
    const entries = [...sightings].sort(([a], [b]) => (a < b ? -1 : 1));
    const candidates = plugins.filter((plugin) => canSharePods(plugin.selector, selector));
    const shown = entries.flatMap(([address, sighting]) => showing(address, sighting, candidates));
    const silent = entries.filter(
      ([, { failingSince }]) => failingSince !== undefined && now - failingSince >= silenceMs,
    );
    return new GatewayView(
      entries.map(([address]) => address),
      shown,
      silent.map(([address]) => address),
    );
  }

  /** Whether it is known which gateways there are. */
  get isKnown(): boolean {
    return this.#addresses !== undefined;
  }

  /** Number of gateways. */
  get size(): number {
    return this.#addresses?.length ?? 0;
  }

  /** Whether every gateway was seen with a policy, in every WasmPlugin that reaches it. False while nothing is known. */
  runs(policy: string): boolean {
    return this.isKnown && [...this.#policies].every((policies) => policies.has(policy));
  }

  /** Whether every gateway was seen with a policy in one WasmPlugin. False while nothing is known. */
  runsIn(plugin: string, policy: string): boolean {
    if (this.#addresses === undefined) return false;
    const having = this.#shown.filter((shown) => shown.plugin === plugin && shown.policies.has(policy));
    return having.length === this.#addresses.length;
  }

  /** Whether a WasmPlugin was seen with the configuration of a revision in every gateway that it reaches. */
  shows(plugin: string, revision: string | undefined): boolean {
    if (!this.isKnown) return false;
    const reached = this.#shown.filter((shown) => shown.plugin === plugin);
    return revision === undefined || reached.every((shown) => shown.revision === revision);
  }

  /** Policies that every gateway runs here but not in `other`. */
  policiesMissingIn(other: GatewayView): string[] {
    const [some] = this.#policies;
    return [...(some ?? [])].filter((policy) => this.runs(policy) && !other.runs(policy));
  }

  /** Whether it makes no difference which of the two views is taken. */
  equals(other: GatewayView): boolean {
    return this.#text() === other.#text();
  }

  #text(): string {
    const shown = this.#shown.map(({ address, plugin, revision, policies }) => [
      ...[address, plugin, revision],
      policies.size,
    ]);
    return JSON.stringify([this.#addresses, shown, this.silent]);
  }
}

/** A gateway that no WasmPlugin reaches shows one without policies. */
function showing(address: string, sighting: Sighting, plugins: readonly KnownPlugin[]): Shown[] {
  const { labels } = sighting;
  const reaching = plugins.filter(({ selector }) => labels === undefined || covers(selector, labels));
  if (reaching.length === 0) return [{ address, plugin: "", revision: undefined, policies: NONE }];
  return reaching.map(({ name, pluginName, history }) => {
    const revision = revisionOf(sighting, pluginName);
    const policies = (revision === undefined ? undefined : history.policiesOf(revision)) ?? NONE;
    return { address, plugin: name, revision, policies };
  });
}

/** The controller's own metrics, for Prometheus. */
import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from "prom-client";

/** What is measured. Names begin with `tollgate_`. */
export class ControllerMetrics {
  readonly #registry = new Registry();
  readonly #apiRules = this.#gauge("apirules", "APIRules by state.", ["state"]);
  readonly #leader = this.#gauge("leader", "1 while this replica is the leader.");
  readonly #queueDepth = this.#gauge("work_queue_depth", "Pieces of work that wait or run.");
  readonly #pluginBytes = this.#gauge("wasmplugin_bytes", "Size of a WasmPlugin as JSON.", ["wasmplugin"]);
  readonly #maxPluginBytes = this.#gauge("wasmplugin_max_bytes", "Largest size of a WasmPlugin as JSON.");
  readonly #writes = new Counter({
    name: "tollgate_writes_total",
    help: "Writes that the API server has accepted.",
    labelNames: ["resource", "verb"],
    registers: [this.#registry],
  });
  readonly #reconciliations = new Histogram({
    name: "tollgate_reconcile_duration_seconds",
    help: "Time that a reconciliation took.",
    labelNames: ["kind", "result"],
    buckets: [0.001, 0.005, 0.02, 0.1, 0.5, 2, 10],
    registers: [this.#registry],
  });
  #collect: () => { states: ReadonlyMap<string, number>; queueDepth: number } = () => ({
    states: new Map(),
    queueDepth: 0,
  });
  #isSynced = false;

  constructor() {
    collectDefaultMetrics({ register: this.#registry });
  }

  /** Content type of `text`. */
  get contentType(): string {
    return this.#registry.contentType;
  }

  /** Whether the caches have been complete once, except those of kinds that were missing. */
  get isSynced(): boolean {
    return this.#isSynced;
  }

  /** All metrics in the text format of Prometheus. */
  text(): Promise<string> {
    const { states, queueDepth } = this.#collect();
    this.#apiRules.reset();
    for (const [state, count] of states) this.#apiRules.set({ state }, count);
    this.#queueDepth.set(queueDepth);
    return this.#registry.metrics();
  }

  /** Names what is asked whenever metrics are read. */
  onCollect(collect: () => { states: ReadonlyMap<string, number>; queueDepth: number }): void {
    this.#collect = collect;
  }

  setSynced(): void {
    this.#isSynced = true;
  }

  setLeader(isLeader: boolean): void {
    this.#leader.set(isLeader ? 1 : 0);
  }

  /** Notes the size of a WasmPlugin; undefined when it is gone. */
  setPluginBytes(wasmplugin: string, bytes: number | undefined): void {
    if (bytes === undefined) this.#pluginBytes.remove({ wasmplugin });
    else this.#pluginBytes.set({ wasmplugin }, bytes);
  }

  setMaxPluginBytes(bytes: number): void {
    this.#maxPluginBytes.set(bytes);
  }

  countWrite(resource: string, verb: string): void {
    this.#writes.inc({ resource, verb });
  }

  /** Measures one reconciliation. */
  async measure(kind: string, work: () => Promise<void>): Promise<void> {
    const end = this.#reconciliations.startTimer({ kind });
    try {
      await work();
      end({ result: "success" });
    } catch (error) {
      end({ result: "error" });
      throw error;
    }
  }

  #gauge(name: string, help: string, labelNames: string[] = []): Gauge {
    return new Gauge({ name: `tollgate_${name}`, help, labelNames, registers: [this.#registry] });
  }
}

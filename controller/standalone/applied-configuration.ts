import { setTimeout as delay } from "node:timers/promises";
import { COUNTER_PREFIX } from "../api/counters.ts";
import { ControllerError } from "../errors.ts";
import type { DiscoveryFile } from "../render/envoy/index.ts";
import { type AdminClient, type Stats, sumOf } from "./admin.ts";

/** What Envoy is expected to run. */
export interface Expectation {
  /** Discovery files that were written. */
  files?: readonly DiscoveryFile[];
  /** `revision` of the filter's configuration. */
  revision?: string;
}

/** The parts of a discovery file that are read back. */
interface DiscoveryResponse {
  version_info: string;
  resources: { name: string }[];
}

/** One sign that a part of the configuration is in force. */
interface Sign {
  /** What is missing without it, in words. */
  name: string;
  isIn(stats: Stats): boolean;
}

const FILTER_PREFIX = `wasmcustom.${COUNTER_PREFIX}`.replaceAll(".", "\\.");
const RELEVANT = new RegExp(
  `\\.version_text$|\\.update_rejected$|\\.config_fail$|(warming_clusters|total_listeners_warming)$|^${FILTER_PREFIX}config\\.re`,
);
const REVISION = `wasmcustom.${COUNTER_PREFIX}config.revision`;
const REFUSALS = new RegExp(`\\.update_rejected$|\\.config_fail$|^${FILTER_PREFIX}config\\.refused$`);
const POLL_MS = 15;
const TIMEOUT_MS = 5_000;

/** Watches through the statistics what configuration Envoy has taken over. */
export class AppliedConfiguration {
  readonly #admin: AdminClient;
  readonly #signal: AbortSignal;

  /** @param signal ends every wait */
  constructor(admin: AdminClient, signal: AbortSignal) {
    this.#admin = admin;
    this.#signal = signal;
  }

  /** How often Envoy has refused a configuration so far: the base for `waitFor`. */
  async refusals(): Promise<number> {
    return refusalsIn(await this.#admin.stats(RELEVANT));
  }

  /**
   * Waits until Envoy, which may be starting, runs what is expected.
   *
   * @param refusalsBefore as `refusals` said before the files were written
   * @throws ControllerError `config_refused` when Envoy refuses it, `timeout` when it takes longer than `timeoutMs`
   */
  async waitFor(expected: Expectation, refusalsBefore: number, timeoutMs = TIMEOUT_MS): Promise<void> {
    const signs = signsOf(expected);
    const deadline = Date.now() + timeoutMs;
    for (;;) {
      const stats = await this.#admin.stats(RELEVANT).catch((): Stats => new Map());
      const missing = signs.filter((sign) => !sign.isIn(stats)).map(({ name }) => name);
      if (missing.length === 0) return;
      if (refusalsIn(stats) > refusalsBefore) {
        throw new ControllerError(
          "config_refused",
          `Envoy has refused the configuration (${missing.join(", ")})`,
        );
      }
      if (Date.now() > deadline) {
        throw new ControllerError(
          "timeout",
          `Envoy has not taken over ${missing.join(", ")} within ${timeoutMs / 1_000} s`,
        );
      }
      await delay(POLL_MS, undefined, { signal: this.#signal });
    }
  }
}

function signsOf({ files = [], revision }: Expectation): Sign[] {
  const signs = files.flatMap(signsOfFile);
  if (revision === undefined) return signs;
  const gauge = String(Number.parseInt(revision, 16));
  return [...signs, { name: "the filter's configuration", isIn: (stats) => stats.get(REVISION) === gauge }];
}

function signsOfFile({ service, path, content }: DiscoveryFile): Sign[] {
  const { version_info: version, resources } = JSON.parse(content) as DiscoveryResponse;
  const named = (matches: (stat: string) => boolean): Sign => ({
    name: path,
    isIn: (stats) => [...stats].some(([stat, value]) => matches(stat) && value === version),
  });
  const settled = (gauge: string): Sign => ({
    name: path,
    isIn: (stats) => Number(stats.get(gauge) ?? 0) === 0,
  });
  switch (service) {
    case "cds":
      return [
        named((stat) => stat === "cluster_manager.cds.version_text"),
        settled("cluster_manager.warming_clusters"),
      ];
    case "lds":
      return [
        named((stat) => stat === "listener_manager.lds.version_text"),
        settled("listener_manager.total_listeners_warming"),
      ];
    case "rds": {
      const suffix = `.rds.${resources[0]?.name.replaceAll(":", "_")}.version_text`;
      return [named((stat) => stat.endsWith(suffix))];
    }
    default:
      return [];
  }
}

function refusalsIn(stats: Stats): number {
  return sumOf(stats, REFUSALS);
}

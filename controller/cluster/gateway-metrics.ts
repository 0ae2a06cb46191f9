/** What a gateway's metrics tell about the filter in it. */
import { COUNTER_PREFIX } from "../api/counters.ts";
import { ID_LENGTH, REVISION_LENGTH } from "../api/plugin-config.ts";
import { ControllerError, messageOf } from "../errors.ts";

/** What a gateway runs. */
export interface GatewayMetrics {
  /** Revision of the filter's configuration by WasmPlugin, as `revisionOf` finds it. */
  revisions: ReadonlyMap<string, string>;
  /** How often a key set was wanted to be fetched so far, by the id of the set. */
  fetchesWanted: ReadonlyMap<string, number>;
}

const FILTER = `${COUNTER_PREFIX.replaceAll(".", "\\.")}(config\\.revision|key_sets)\\.`;
const PROMETHEUS_PREFIX = `(?:envoy_)?(?:wasmcustom_)?${COUNTER_PREFIX.replaceAll(".", "_")}`;
const REVISIONS = samplesOf("config_revision_(\\w+)");
const FETCHES_WANTED = samplesOf(`key_sets_([0-9a-f]{${ID_LENGTH}})_fetches_wanted`);

/**
 * Reads the metrics of a gateway.
 *
 * @param address `host:port`
 * @throws ControllerError `gateway_unreachable`
 */
export async function readGatewayMetrics(
  address: string,
  timeoutMs: number,
  signal: AbortSignal,
): Promise<GatewayMetrics> {
  const url = `http://${address}/stats/prometheus?filter=${encodeURIComponent(FILTER)}`;
  try {
    const response = await fetch(url, { signal: AbortSignal.any([signal, AbortSignal.timeout(timeoutMs)]) });
    const text = await response.text();
    if (!response.ok) throw new Error(`status ${response.status}`);
    return parseGatewayMetrics(text);
  } catch (error) {
    throw new ControllerError(
      "gateway_unreachable",
      `the metrics of gateway ${address} cannot be read: ${messageOf(error)}`,
      { cause: error },
    );
  }
}

/** Reads the text format of Prometheus. */
export function parseGatewayMetrics(text: string): GatewayMetrics {
  const revisions = [...text.matchAll(REVISIONS)].flatMap(([, plugin = "", value]) => {
    const gauge = Number(value);
    return gauge > 0 ? [[plugin, gauge.toString(16).padStart(REVISION_LENGTH, "0")] as const] : [];
  });
  const fetchesWanted = [...text.matchAll(FETCHES_WANTED)].map(
    ([, keySet = "", value]) => [keySet, Number(value)] as const,
  );
  return { revisions: new Map(revisions), fetchesWanted: new Map(fetchesWanted) };
}

/** The revision of a WasmPlugin; undefined where it has none. Prometheus knows names of word characters only. */
export function revisionOf(
  { revisions }: Pick<GatewayMetrics, "revisions">,
  plugin: string,
): string | undefined {
  return revisions.get(plugin.replace(/\W/g, "_"));
}

function samplesOf(name: string): RegExp {
  return new RegExp(`^${PROMETHEUS_PREFIX}${name}(?:\\{[^}]*\\})? (\\S+)`, "gm");
}

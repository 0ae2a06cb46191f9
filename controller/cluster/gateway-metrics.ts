/** What a gateway's metrics tell about the filter in it. */
import { COUNTER_PREFIX } from "../api/counters.ts";
import { REVISION_LENGTH } from "../api/plugin-config.ts";
import { ControllerError, messageOf } from "../errors.ts";

/** What a gateway runs. */
export interface GatewayMetrics {
  /** Revision of the filter's configuration by WasmPlugin, as `revisionOf` finds it. */
  revisions: ReadonlyMap<string, string>;
  /** Tokens so far whose `kid` names no known key. */
  unknownKeyIds: number;
}

const FILTER = `${COUNTER_PREFIX.replaceAll(".", "\\.")}(config\\.revision\\..*|unknown_key_ids)$`;
const PROMETHEUS_PREFIX = `(?:envoy_)?(?:wasmcustom_)?${COUNTER_PREFIX.replaceAll(".", "_")}`;
const REVISIONS = new RegExp(sampleOf("config_revision_(\\w+)"), "gm");
const UNKNOWN_KEY_IDS = new RegExp(sampleOf("unknown_key_ids"), "m");

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
  return {
    revisions: new Map(revisions),
    unknownKeyIds: Number(UNKNOWN_KEY_IDS.exec(text)?.[1] ?? 0),
  };
}

/** The revision of a WasmPlugin; undefined where it has none. Prometheus knows names of word characters only. */
export function revisionOf(
  { revisions }: Pick<GatewayMetrics, "revisions">,
  plugin: string,
): string | undefined {
  return revisions.get(plugin.replace(/\W/g, "_"));
}

function sampleOf(name: string): string {
  return `^${PROMETHEUS_PREFIX}${name}(?:\\{[^}]*\\})? (\\S+)`;
}

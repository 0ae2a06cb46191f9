/** Waits for steps of the controller, as the API server and the gateway show them. */
import { setTimeout as delay } from "node:timers/promises";
import type { PluginConfig } from "../../../controller/api/plugin-config.ts";
import type { KubernetesObject } from "../../../controller/api/resources.ts";
import { readGatewayMetrics, revisionOf } from "../../../controller/cluster/gateway-metrics.ts";
import { ApiClient } from "../../../controller/kube/api-client.ts";
import { loadClusterAccess } from "../../../controller/kube/credentials.ts";
import { collectionPath, type ResourceType } from "../../../controller/kube/resource-type.ts";
import type { ControlPlane } from "../environment/control-plane.ts";

/** An object as it is now, or as it was when it was deleted. */
export type Change = { object: KubernetesObject; isDeleted: boolean };

const WATCH_SECONDS = 60;
const READ_TIMEOUT_MS = 1_000;
const POLL_INTERVAL_MS = 5;

/** Resolves with the first state of an object of a kind that meets a condition, be it there already or to come. */
export async function seen(
  { kubeconfig }: ControlPlane,
  type: ResourceType,
  holds: (change: Change) => boolean,
): Promise<KubernetesObject> {
  const client = new ApiClient(loadClusterAccess(kubeconfig));
  try {
    const query = { watch: true, timeoutSeconds: WATCH_SECONDS };
    const path = collectionPath(type);
    const timeoutMs = WATCH_SECONDS * 1_000;
    for await (const line of client.lines({ method: "GET", path, query, timeoutMs })) {
      const event = JSON.parse(line) as { type: string; object: KubernetesObject };
      const change = { object: event.object, isDeleted: event.type === "DELETED" };
      if (holds(change)) return change.object;
    }
  } finally {
    client.close();
  }
  throw new Error(`no ${type.kind} came to meet the condition`);
}

/** The configuration of the filter in a WasmPlugin. */
export function pluginConfigOf({ spec }: KubernetesObject): PluginConfig {
  return (spec as { pluginConfig: PluginConfig }).pluginConfig;
}

/** Resolves when the gateway runs the configuration of a WasmPlugin. */
export async function seenAtGateway(controlPlane: ControlPlane, plugin: KubernetesObject): Promise<void> {
  const { revision } = pluginConfigOf(plugin);
  const { pluginName } = plugin.spec as { pluginName: string };
  const address = new URL(controlPlane.gateway.metricsUrl).host;
  for (;;) {
    const signal = AbortSignal.timeout(READ_TIMEOUT_MS);
    const shown = await readGatewayMetrics(address, READ_TIMEOUT_MS, signal);
    if (revisionOf(shown, pluginName) === revision) return;
    await delay(POLL_INTERVAL_MS);
  }
}

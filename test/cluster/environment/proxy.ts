/** Istio's agent with the Envoy that it starts: what a gateway and a sidecar have in common. */
import { type AgentOptions, agent } from "./agent.ts";
import type { Kubectl } from "./kubectl.ts";
import type { Layout } from "./layout.ts";
import type { PartDefinition } from "./part.ts";
import { statusOf } from "./probe.ts";

/** What is particular to a proxy. */
export interface ProxyOptions extends Pick<AgentOptions, "part" | "type" | "pod" | "environment"> {
  /** Of Envoy, beside those that its configuration names. */
  ports: { admin: number; status: number; metrics: number };
}

/** It listens on 127.0.0.1 alone. */
export function proxy(layout: Layout, kubectl: Kubectl, options: ProxyOptions): PartDefinition {
  const { ports, pod, environment, ...rest } = options;
  return agent(layout, kubectl, {
    ...rest,
    pod,
    environment: {
      ...{ ISTIO_META_WORKLOAD_NAME: pod.serviceAccount, ISTIO_META_UNPRIVILEGED_POD: "true" },
      ENVOY_STATUS_PORT: String(ports.status),
      ENVOY_PROMETHEUS_PORT: String(ports.metrics),
      MINIMUM_DRAIN_DURATION: "0s",
      ...environment,
    },
    proxyConfig: {
      binaryPath: layout.envoy,
      proxyAdminPort: ports.admin,
      concurrency: 1,
      terminationDrainDuration: "1s",
      proxyMetadata: { METRICS_LOCALHOST_ACCESS_ONLY: "true" },
    },
    isReady: async () => (await statusOf(`http://127.0.0.1:${ports.admin}/ready`)) === 200,
  });
}

import type { ControlPlane } from "./control-plane.ts";
import { loopbackService } from "./objects.ts";
import { proxy } from "./proxy.ts";

/** A workload of namespace `default` that gets a sidecar. */
export interface SidecarWorkload {
  /** Of its Service, its `app` label and its ServiceAccount. */
  name: string;
  /** Port of the Service. */
  port: number;
  /** Port of 127.0.0.1 that the workload itself listens on. */
  workloadPort: number;
}

/** A workload's sidecar. */
export interface Sidecar {
  /** `host:port` of the workload, as its callers know it. */
  address: string;
  /** How many requests it has handed to the workload so far. */
  passedRequests(): Promise<number>;
}

const NAMESPACE = "default";

/**
 * Starts a sidecar and makes it the endpoint of the Service, which is called by mutual TLS from then on. Nothing
 * redirects traffic on this machine (Istio's interception mode NONE): a Sidecar resource has it listen on a port of its
 * own, and who knows the port of the workload itself gets past it.
 */
export async function startSidecar(
  { layout, ports, kubectl, run }: ControlPlane,
  { name, port, workloadPort }: SidecarWorkload,
): Promise<Sidecar> {
  const metadata = { name, namespace: NAMESPACE };
  const labels = { app: name };
  const adminUrl = `http://127.0.0.1:${ports.sidecarAdmin}`;
  const listener = {
    port: { number: ports.sidecar, name: "http", protocol: "HTTP" },
    bind: "127.0.0.1",
    captureMode: "NONE",
    defaultEndpoint: `127.0.0.1:${workloadPort}`,
  };
  await kubectl.apply([
    { apiVersion: "v1", kind: "ServiceAccount", metadata },
    {
      apiVersion: "networking.istio.io/v1",
      kind: "Sidecar",
      metadata,
      spec: { workloadSelector: { labels }, ingress: [listener], egress: [{ hosts: ["~/*"] }] },
    },
  ]);
  await run(
    proxy(layout, kubectl, {
      part: "sidecar",
      type: "sidecar",
      pod: { name: `${name}-0`, namespace: NAMESPACE, serviceAccount: name, labels },
      environment: { ISTIO_META_INTERCEPTION_MODE: "NONE" },
      ports: { admin: ports.sidecarAdmin, status: ports.sidecarStatus, metrics: ports.sidecarMetrics },
    }),
  );
  await kubectl.apply(loopbackService({ name, port, targetPort: ports.sidecar, serviceAccount: name }));
  return {
    address: `127.0.0.1:${ports.sidecar}`,
    passedRequests: () => requestsTo(`inbound|${ports.sidecar}||`, adminUrl),
  };
}

/** The requests that Envoy has sent to the hosts of a cluster. */
async function requestsTo(cluster: string, adminUrl: string): Promise<number> {
  const answer = (await (await fetch(`${adminUrl}/clusters?format=json`)).json()) as ClusterStatuses;
  return answer.cluster_statuses
    .filter(({ name }) => name === cluster)
    .flatMap(({ host_statuses = [] }) => host_statuses.flatMap(({ stats }) => stats))
    .filter(({ name }) => name === "rq_total")
    .reduce((sum, { value = "0" }) => sum + Number(value), 0);
}

interface ClusterStatuses {
  cluster_statuses: {
    name: string;
    host_statuses?: { stats: { name: string; value?: string }[] }[];
  }[];
}

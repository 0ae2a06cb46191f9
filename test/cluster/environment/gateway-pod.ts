import { GATEWAY_LABELS, GATEWAY_NAME, GATEWAY_POD, ISTIO_NAMESPACE } from "./istio-objects.ts";
import type { Kubectl } from "./kubectl.ts";
import type { Layout } from "./layout.ts";

const POD = { apiVersion: "v1", kind: "Pod", metadata: { name: GATEWAY_POD, namespace: ISTIO_NAMESPACE } };

/**
 * Puts the gateway's pod into the cluster as a scheduler and a kubelet would: running, ready, with its address. The
 * object stays as it is when the gateway's processes end.
 */
export async function registerGatewayPod({ ports }: Layout, kubectl: Kubectl): Promise<void> {
  const annotations = {
    "prometheus.io/scrape": "true",
    "prometheus.io/port": String(ports.gatewayMetrics),
    "prometheus.io/path": "/stats/prometheus",
  };
  const container = {
    name: "istio-proxy",
    image: "istio-proxy",
    ports: [{ name: "http-envoy-prom", containerPort: ports.gatewayMetrics, protocol: "TCP" }],
  };
  await kubectl.apply([
    {
      ...POD,
      metadata: { ...POD.metadata, labels: GATEWAY_LABELS, annotations },
      spec: { serviceAccountName: GATEWAY_NAME, containers: [container] },
    },
  ]);
  const conditions = ["PodScheduled", "Initialized", "ContainersReady", "Ready"].map((type) => ({
    type,
    status: "True",
  }));
  const { name, image } = container;
  const running = {
    name,
    image,
    imageID: "",
    ready: true,
    started: true,
    restartCount: 0,
    state: { running: {} },
  };
  const address = { podIP: "127.0.0.1", podIPs: [{ ip: "127.0.0.1" }] };
  const status = { phase: "Running", ...address, conditions, containerStatuses: [running] };
  const patch = JSON.stringify({ status });
  await kubectl(
    ...["patch", "pod", GATEWAY_POD, `--namespace=${ISTIO_NAMESPACE}`],
    ...["--subresource=status", "--type=strategic", `--patch=${patch}`],
  );
}

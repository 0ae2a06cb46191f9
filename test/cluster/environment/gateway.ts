import { GATEWAY_LABELS, GATEWAY_NAME, GATEWAY_POD, ISTIO_NAMESPACE } from "./istio-objects.ts";
import type { Kubectl } from "./kubectl.ts";
import type { Layout } from "./layout.ts";
import type { PartDefinition } from "./part.ts";
import { proxy } from "./proxy.ts";

/** The ingress gateway. */
export function gateway(layout: Layout, kubectl: Kubectl): PartDefinition {
  const { gatewayAdmin, gatewayStatus, gatewayMetrics } = layout.ports;
  return proxy(layout, kubectl, {
    part: "gateway",
    type: "router",
    pod: {
      name: GATEWAY_POD,
      namespace: ISTIO_NAMESPACE,
      serviceAccount: GATEWAY_NAME,
      labels: GATEWAY_LABELS,
    },
    ports: { admin: gatewayAdmin, status: gatewayStatus, metrics: gatewayMetrics },
  });
}

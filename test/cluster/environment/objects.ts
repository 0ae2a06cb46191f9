/** Objects that tests and the sandbox need around APIRules. */

/** A workload of this machine as a Service of the cluster. */
export interface LoopbackService {
  name: string;
  namespace?: string;
  /** Port of the Service. */
  port: number;
  /** Port of 127.0.0.1 that the workload listens on. */
  targetPort: number;
  /** Its identity in the mesh, by which Istio knows that a sidecar listens on that port and calls it by mutual TLS. */
  serviceAccount?: string;
}

/**
 * A Service whose endpoint is a port of 127.0.0.1. The endpoint is a WorkloadEntry of Istio, because Kubernetes refuses
 * loopback addresses in an EndpointSlice.
 */
export function loopbackService({
  name,
  namespace = "default",
  port,
  targetPort,
  serviceAccount,
}: LoopbackService): object[] {
  const metadata = { name, namespace };
  const labels = { app: name };
  return [
    {
      apiVersion: "v1",
      kind: "Service",
      metadata,
      spec: { selector: labels, ports: [{ name: "http", port, targetPort }] },
    },
    {
      apiVersion: "networking.istio.io/v1",
      kind: "WorkloadEntry",
      metadata,
      spec: {
        address: "127.0.0.1",
        labels,
        ports: { http: targetPort },
        ...(serviceAccount !== undefined && { serviceAccount }),
      },
    },
  ];
}

const RELAY = { name: "tollgate-relay", namespace: "tollgate-system", port: 8081 };

/** By which gateways reach the introspection relay, as `host:port`. */
export const RELAY_SERVICE = `${RELAY.name}.${RELAY.namespace}.svc.cluster.local:${RELAY.port}`;

/** The Service of the introspection relay on that port of 127.0.0.1. */
export function relayService(port: number): object[] {
  return loopbackService({ ...RELAY, targetPort: port });
}

/** The Gateway `kyma-system/kyma-gateway`: plain HTTP for `*.local.test` on that port of 127.0.0.1. */
export function kymaGateway(port: number): object[] {
  const namespace = "kyma-system";
  const server = {
    port: { number: port, name: "http", protocol: "HTTP" },
    bind: "127.0.0.1",
    hosts: ["*.local.test"],
  };
  return [
    { apiVersion: "v1", kind: "Namespace", metadata: { name: namespace } },
    {
      apiVersion: "networking.istio.io/v1",
      kind: "Gateway",
      metadata: { name: "kyma-gateway", namespace },
      spec: { selector: { istio: "ingressgateway" }, servers: [server] },
    },
  ];
}

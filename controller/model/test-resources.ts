/** Short ways to write the resources of tests. */
import type { Gateway, KubernetesObject, Service } from "../api/resources.ts";

/** A Gateway in namespace `gateways`, each server with the hosts given for it. */
export function gateway(name: string, ...serverHosts: string[][]): Gateway {
  const servers = serverHosts.map((hosts) => ({ port: { number: 80, protocol: "HTTP" }, hosts }));
  const metadata = { namespace: "gateways", name };
  return { apiVersion: "networking.istio.io/v1", kind: "Gateway", metadata, spec: { servers } };
}

/** A Service. */
export function service(namespace: string, name: string, ...ports: number[]): Service {
  const spec = { ports: ports.map((port) => ({ port })) };
  return { apiVersion: "v1", kind: "Service", metadata: { namespace, name }, spec };
}

/** An APIRule in namespace `demo` at `<name>.example.com` with one open rule; `spec` overrides its members. */
export function apiRule(name: string, spec: Record<string, unknown> = {}): KubernetesObject {
  return {
    apiVersion: "gateway.kyma-project.io/v2",
    kind: "APIRule",
    metadata: { namespace: "demo", name },
    spec: {
      hosts: [`${name}.example.com`],
      gateway: "gateways/public",
      service: { name: "shop", port: 8080 },
      rules: [{ path: "/*", methods: ["GET"], noAuth: true }],
      ...spec,
    },
  };
}

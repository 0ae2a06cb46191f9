/** How the gateways of a cluster reach introspection endpoints. */
import type { IntrospectionServer } from "../../model/exposure.ts";
import { endpointParts, type IntrospectionRouting, relayPath } from "../introspection.ts";

/** Where the relay is, unless options say otherwise: `host:port` of its Service. */
export const DEFAULT_RELAY = "tollgate.tollgate-system.svc.cluster.local:8081";

const CLUSTER_SERVICE = /^([a-z0-9-]+)\.([a-z0-9-]+)\.svc(\.cluster\.local)?$/;

/**
 * A Service of the cluster that needs no credentials is called directly: gateways have a cluster for it. Everything else
 * goes through the relay at `relay`, which adds credentials and TLS, and refuses link-local addresses.
 */
export function introspectionInCluster(relay: string): IntrospectionRouting {
  return (server) => directUpstream(server) ?? relayUpstream(server, relay);
}

function directUpstream({ endpoint, clientCredentials }: IntrospectionServer) {
  const { host, port, authority, path } = endpointParts(endpoint);
  const [, name, namespace] = CLUSTER_SERVICE.exec(host) ?? [];
  if (name === undefined || clientCredentials !== undefined || !endpoint.startsWith("http:"))
    return undefined;
  return { cluster: `outbound|${port}||${name}.${namespace}.svc.cluster.local`, authority, path };
}

function relayUpstream({ id }: IntrospectionServer, relay: string) {
  const { host, port } = endpointParts(`http://${relay}`);
  return { cluster: `outbound|${port}||${host}`, authority: relay, path: relayPath(id) };
}

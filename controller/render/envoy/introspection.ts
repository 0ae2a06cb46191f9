/** How a standalone Envoy reaches introspection endpoints. */
import { join } from "node:path";
import type { IntrospectionServer } from "../../model/exposure.ts";
import { endpointParts, type IntrospectionRouting, relayPath } from "../introspection.ts";
import { renderCluster } from "./clusters.ts";
import type { EnvoyResource } from "./resource.ts";

const RELAY_CLUSTER = "introspection-relay";

/** Unix socket of the relay: nobody but the owner of the folder reaches it. */
export function relaySocket(runDir: string): string {
  return join(runDir, "relay.sock");
}

/** An endpoint without TLS that needs no credentials is called directly, everything else through the relay. */
export const introspectionOnMachine: IntrospectionRouting = (server) => {
  if (!isDirect(server))
    return { cluster: RELAY_CLUSTER, authority: RELAY_CLUSTER, path: relayPath(server.id) };
  const { authority, path } = endpointParts(server.endpoint);
  return { cluster: directCluster(server), authority, path };
};

/** The clusters that the introspection of these servers needs, sorted by name. */
export function renderIntrospectionClusters(
  servers: readonly IntrospectionServer[],
  runDir: string,
): EnvoyResource[] {
  const clusters = new Map<string, EnvoyResource>();
  for (const server of servers) {
    const { cluster } = introspectionOnMachine(server);
    const { host, port } = endpointParts(server.endpoint);
    const address = isDirect(server) ? { host, port } : { pipe: relaySocket(runDir) };
    clusters.set(cluster, renderCluster(cluster, address));
  }
  return [...clusters.values()].sort((a, b) => (a.name < b.name ? -1 : 1));
}

function isDirect({ endpoint, clientCredentials }: IntrospectionServer): boolean {
  return clientCredentials === undefined && endpoint.startsWith("http:");
}

function directCluster({ endpoint }: IntrospectionServer): string {
  return `introspection/${endpointParts(endpoint).authority}`;
}

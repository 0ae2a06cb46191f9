/** Where the filter sends a token to be introspected: the endpoint itself, or the relay that knows its credentials. */
import type { PluginIntrospectionServer } from "../api/plugin-config.ts";
import type { IntrospectionServer, PolicySet } from "../model/exposure.ts";
import type { NamedPolicySet } from "./plugin-config.ts";

/** What the filter calls: a cluster of Envoy, `:authority` and `:path`. */
type IntrospectionUpstream = Pick<PluginIntrospectionServer, "cluster" | "authority" | "path">;

/** The upstream of an introspection server on one kind of gateway. */
export type IntrospectionRouting = (server: IntrospectionServer) => IntrospectionUpstream;

const RELAY_PATH = "/introspect/";

/** Path under which the relay forwards to a server. */
export function relayPath(serverId: string): string {
  return `${RELAY_PATH}${serverId}`;
}

/** The id of the server in a path of the relay; undefined for any other path. */
export function serverIdOfRelayPath(path: string): string | undefined {
  return path.startsWith(RELAY_PATH) ? path.slice(RELAY_PATH.length) : undefined;
}

/** `host`, `port`, `authority` and `path` of an endpoint. The host of an IPv6 address has no brackets. */
export function endpointParts(endpoint: string): {
  host: string;
  port: number;
  authority: string;
  path: string;
} {
  const url = new URL(endpoint);
  return {
    host: url.hostname.replace(/^\[|\]$/g, ""),
    port: url.port === "" ? (url.protocol === "https:" ? 443 : 80) : Number(url.port),
    authority: url.host,
    path: `${url.pathname}${url.search}`,
  };
}

/** The policy set with everything that the filter's document says of introspection servers. */
export function routeIntrospection(policySet: PolicySet, upstreamOf: IntrospectionRouting): NamedPolicySet {
  const { introspectionServers, ...others } = policySet;
  return {
    ...others,
    ...(introspectionServers && {
      introspectionServers: introspectionServers.map((server) => ({
        id: server.id,
        ...upstreamOf(server),
        timeoutMs: server.timeoutSeconds * 1_000,
        maxCacheSeconds: server.maxCacheSeconds,
        ...(server.issuer !== undefined && { issuer: server.issuer }),
      })),
    }),
  };
}

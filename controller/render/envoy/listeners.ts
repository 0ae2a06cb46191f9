/** Listeners (LDS): sockets, TLS and the HTTP connection manager of each filter chain. */
import { renderConnectionManager } from "./connection-manager.ts";
import { fileConfigSource } from "./discovery-files.ts";
import type { Authorizers } from "./external-authorization.ts";
import type { PlannedChain, PlannedListener } from "./listener-plan.ts";
import { type EnvoyResource, TYPE_URLS } from "./resource.ts";

/** What a listener depends on beside the Gateways. */
export interface ListenerOptions {
  runDir: string;
  accessLog?: string;
  /** Those that routes name. */
  authorizers: Authorizers;
}

/** Bytes that one connection may buffer in each direction before it is slowed down. */
const CONNECTION_BUFFER_BYTES = 32_768;

/** Renders one Listener a socket. Of APIRules nothing takes part but which authorizers they name. */
export function renderListeners(plan: readonly PlannedListener[], options: ListenerOptions): EnvoyResource[] {
  return plan.map(({ name, address, port, chains }) => ({
    "@type": TYPE_URLS.listener,
    name,
    address: { socket_address: { address, port_value: port } },
    per_connection_buffer_limit_bytes: CONNECTION_BUFFER_BYTES,
    listener_filters: chains.some(({ tls }) => tls !== undefined) ? [tlsInspector()] : [],
    filter_chains: chains.map((chain) => renderFilterChain(chain, options)),
  }));
}

function renderFilterChain(chain: PlannedChain, options: ListenerOptions): object {
  const filters = [renderConnectionManager(chain, options)];
  const name = chain.routeConfiguration;
  if (chain.tls === undefined) return { name, filters };
  const { serverNames, secret } = chain.tls;
  return {
    name,
    filter_chain_match: serverNames.length > 0 ? { server_names: serverNames } : {},
    transport_socket: downstreamTls(secret, options.runDir),
    filters,
  };
}

function downstreamTls(secret: string, runDir: string): object {
  return {
    name: "envoy.transport_sockets.tls",
    typed_config: {
      "@type": TYPE_URLS.downstreamTls,
      common_tls_context: {
        tls_params: { tls_minimum_protocol_version: "TLSv1_2" },
        alpn_protocols: ["h2", "http/1.1"],
        tls_certificate_sds_secret_configs: [
          { name: secret, sds_config: fileConfigSource(runDir, "sds", secret) },
        ],
      },
    },
  };
}

function tlsInspector(): object {
  return {
    name: "envoy.filters.listener.tls_inspector",
    typed_config: { "@type": TYPE_URLS.tlsInspector },
  };
}

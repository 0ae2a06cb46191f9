/** The HTTP connection manager: limits of an edge proxy, path normalisation, and the chain of HTTP filters. */
import { fileConfigSource } from "./discovery-files.ts";
import { type Authorizers, renderAuthorizerFilters } from "./external-authorization.ts";
import { FILTER_NAME } from "./filter-config.ts";
import type { PlannedChain } from "./listener-plan.ts";
import type { ListenerOptions } from "./listeners.ts";
import { TYPE_URLS } from "./resource.ts";

/** Seconds after which a stream without traffic is closed; a route with a longer timeout raises it for itself. */
export const STREAM_IDLE_SECONDS = 300;

/** Seconds that a whole request may take to arrive: the longest timeout of an APIRule. */
const REQUEST_SECONDS = 3_900;
const REQUEST_HEADERS_SECONDS = 10;
const CONNECTION_IDLE_SECONDS = 3_600;
const MAX_HEADERS_KIB = 60;
const MAX_HEADERS = 100;

/** Renders the network filter. The values follow Envoy's best practices for edge proxies. */
export function renderConnectionManager(chain: PlannedChain, options: ListenerOptions): object {
  const { runDir, accessLog, authorizers } = options;
  return {
    name: "envoy.filters.network.http_connection_manager",
    typed_config: {
      "@type": TYPE_URLS.connectionManager,
      stat_prefix: chain.routeConfiguration.replaceAll(/[.:]/g, "_"),
      rds: {
        route_config_name: chain.routeConfiguration,
        config_source: fileConfigSource(runDir, "rds", chain.routeConfiguration),
      },
      use_remote_address: true,
      normalize_path: true,
      merge_slashes: true,
      path_with_escaped_slashes_action: "UNESCAPE_AND_FORWARD",
      upgrade_configs: [{ upgrade_type: "websocket" }],
      ...limits(),
      http_filters: httpFilters(runDir, authorizers),
      ...(accessLog === undefined ? {} : { access_log: [fileAccessLog(accessLog)] }),
    },
  };
}

function limits(): object {
  return {
    request_headers_timeout: `${REQUEST_HEADERS_SECONDS}s`,
    request_timeout: `${REQUEST_SECONDS}s`,
    stream_idle_timeout: `${STREAM_IDLE_SECONDS}s`,
    max_request_headers_kb: MAX_HEADERS_KIB,
    common_http_protocol_options: {
      idle_timeout: `${CONNECTION_IDLE_SECONDS}s`,
      max_headers_count: MAX_HEADERS,
    },
    http2_protocol_options: {
      max_concurrent_streams: 100,
      initial_stream_window_size: 65_536,
      initial_connection_window_size: 1_048_576,
    },
  };
}

/** In Istio's order: the filter writes the CORS headers of its refusals itself. */
function httpFilters(runDir: string, authorizers: Authorizers): object[] {
  return [
    ...renderAuthorizerFilters(authorizers),
    {
      name: FILTER_NAME,
      config_discovery: {
        config_source: fileConfigSource(runDir, "ecds", FILTER_NAME),
        type_urls: [TYPE_URLS.wasm],
      },
    },
    { name: "envoy.filters.http.cors", typed_config: { "@type": TYPE_URLS.cors } },
    { name: "envoy.filters.http.router", typed_config: { "@type": TYPE_URLS.router } },
  ];
}

function fileAccessLog(path: string): object {
  return {
    name: "envoy.access_loggers.file",
    typed_config: {
      "@type": TYPE_URLS.fileAccessLog,
      path,
      log_format: {
        json_format: {
          time: "%START_TIME%",
          method: "%REQ(:METHOD)%",
          authority: "%REQ(:AUTHORITY)%",
          path: "%PATH(NQ:PATH)%",
          route: "%ROUTE_NAME%",
          status: "%RESPONSE_CODE%",
          details: "%RESPONSE_CODE_DETAILS%",
          duration_ms: "%DURATION%",
        },
      },
    },
  };
}

/** The bootstrap of a standalone Envoy: everything else comes from the files that it watches. */
import { fileConfigSource } from "./discovery-files.ts";
import { TYPE_URLS } from "./resource.ts";

export interface BootstrapOptions {
  /** As `EnvoyInput.runDir`. */
  runDir: string;
  /** Port of the admin interface on 127.0.0.1; 0 for a free one. */
  adminPort: number;
}

const MAX_CONNECTIONS = 50_000;
const MAX_HEAP_BYTES = 2 ** 31;
/** Instructions of a compiled RE2 expression. Envoy's own limit of 100 refuses ordinary paths and origins. */
const MAX_REGEX_PROGRAM_SIZE = 32_768;

/** Renders the bootstrap in the JSON mapping of proto3. */
export function renderBootstrap({ runDir, adminPort }: BootstrapOptions): object {
  return {
    node: { id: "tollgate", cluster: "tollgate" },
    admin: {
      address: { socket_address: { address: "127.0.0.1", port_value: adminPort } },
      ignore_global_conn_limit: true,
    },
    dynamic_resources: {
      lds_config: fileConfigSource(runDir, "lds"),
      cds_config: fileConfigSource(runDir, "cds"),
    },
    layered_runtime: {
      layers: [
        { name: "static", static_layer: { "re2.max_program_size.error_level": MAX_REGEX_PROGRAM_SIZE } },
      ],
    },
    stats_config: { stats_tags: statsTags() },
    overload_manager: overloadManager(),
  };
}

/**
 * Labels of the filter's counters. `/stats` keeps their plain names; Prometheus shows
 * `tollgate_apirule_denied{apirule="namespace/name",code="expired"}`.
 */
function statsTags(): object[] {
  return [
    {
      tag_name: "apirule",
      regex: "^wasmcustom\\.tollgate\\.apirule\\.(([^/]+/.+)\\.)(?:allowed|denied\\.[a-z_]+)$",
    },
    { tag_name: "code", regex: "^wasmcustom\\.tollgate\\.apirule\\..+\\.denied(\\.([a-z_]+))$" },
  ];
}

function overloadManager(): object {
  return {
    refresh_interval: "0.25s",
    resource_monitors: [
      {
        name: "envoy.resource_monitors.global_downstream_max_connections",
        typed_config: {
          "@type": TYPE_URLS.downstreamConnections,
          max_active_downstream_connections: MAX_CONNECTIONS,
        },
      },
      {
        name: "envoy.resource_monitors.fixed_heap",
        typed_config: { "@type": TYPE_URLS.fixedHeap, max_heap_size_bytes: MAX_HEAP_BYTES },
      },
    ],
    actions: [
      overloadAction("envoy.overload_actions.shrink_heap", 0.95),
      overloadAction("envoy.overload_actions.stop_accepting_requests", 0.98),
    ],
  };
}

function overloadAction(name: string, value: number): object {
  return { name, triggers: [{ name: "envoy.resource_monitors.fixed_heap", threshold: { value } }] };
}

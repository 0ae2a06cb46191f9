/** A real Envoy with the built filter and a hand-written configuration that can be replaced while it runs. */
import { mkdtemp, rename, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import type { AnyPluginConfig } from "../../controller/api/packed-config.ts";
import { FILTER_NAME, renderFilterConfig } from "../../controller/render/envoy/filter-config.ts";
import { TYPE_URLS } from "../../controller/render/envoy/resource.ts";
import { ensureEnvoy } from "../../tools/setup/envoy.ts";
import { EnvoyProcess } from "../bench/envoy-process.ts";
import { eventually } from "./eventually.ts";

/** A route of the gateway, matched by its path prefix. */
export interface FilterRoute {
  prefix: string;
  /** `xds.route_name`, by which the filter finds the policy. */
  name: string;
  /** What else Envoy's RouteMatch demands. */
  match?: object;
  /** Status of an answer in place of the upstream's. */
  status?: number;
}

export interface FilterGateway {
  readonly url: string;
  /** Of Envoy. */
  readonly pid: number;
  /** Replaces the filter's configuration; resolves when the workers run it. */
  configure(config: AnyPluginConfig): Promise<void>;
  /** Hands over a configuration that is not expected to serve, or another module; resolves at once. */
  offer(config: object, wasmFile?: string): Promise<void>;
  /** A statistic of Envoy; zero while nothing has been counted. */
  counter(name: string): Promise<number>;
  stop(): Promise<void>;
}

const LISTENER = "test";
const UPSTREAM = "upstream";
/** The filter as it was built. */
export const WASM_FILE = fileURLToPath(new URL("../../dist/tollgate.wasm", import.meta.url));
const CONFIGURED_WITHIN_MS = 20_000;

/**
 * Starts a gateway whose routes lead to the upstream on that port. `clusters` are further ones on 127.0.0.1, by name,
 * for calls of the filter.
 */
export async function startFilterGateway(input: {
  routes: readonly FilterRoute[];
  upstreamPort: number;
  clusters?: Readonly<Record<string, number>>;
  config: AnyPluginConfig;
  /** Another module than the one that was built. */
  wasmFile?: string;
  /** Whether the first configuration will serve; default yes. */
  serves?: boolean;
}): Promise<FilterGateway> {
  const folder = await mkdtemp(join(tmpdir(), "tollgate-filter-"));
  const filterFile = join(folder, "filter.json");
  const offer = async (config: object, wasmFile = input.wasmFile ?? WASM_FILE) => {
    const resource = renderFilterConfig(config as AnyPluginConfig, wasmFile);
    await writeFile(`${filterFile}.new`, JSON.stringify({ resources: [resource] }));
    await rename(`${filterFile}.new`, filterFile);
  };
  await offer(input.config);
  const clusters = { ...input.clusters, [UPSTREAM]: input.upstreamPort };
  const binary = await ensureEnvoy();
  const envoy = await EnvoyProcess.start(binary, {
    node: { id: LISTENER, cluster: LISTENER },
    admin: { address: socketAddress(0) },
    static_resources: {
      listeners: [listener(input.routes, filterFile, folder)],
      clusters: Object.entries(clusters).map(([name, port]) => cluster(name, port)),
    },
  });
  const port = (await envoy.listenerPorts()).get(LISTENER);
  const untilConfigured = (config: AnyPluginConfig) =>
    eventually(async () => {
      const revision = await envoy.counter("wasmcustom.tollgate.config.revision");
      if (revision !== Number.parseInt(config.revision, 16)) throw new Error(`revision ${revision} serves`);
    }, CONFIGURED_WITHIN_MS);
  if (input.serves !== false) await untilConfigured(input.config);
  return {
    url: `http://127.0.0.1:${port}`,
    pid: envoy.pid,
    async configure(config) {
      await offer(config);
      await untilConfigured(config);
    },
    offer,
    counter: (name) => envoy.counter(name),
    async stop() {
      await envoy.stop();
      await rm(folder, { recursive: true, force: true });
    },
  };
}

function listener(routes: readonly FilterRoute[], filterFile: string, folder: string): object {
  return {
    name: LISTENER,
    address: socketAddress(0),
    per_connection_buffer_limit_bytes: 65_536,
    filter_chains: [
      {
        filters: [
          {
            name: "envoy.filters.network.http_connection_manager",
            typed_config: {
              "@type": TYPE_URLS.connectionManager,
              stat_prefix: LISTENER,
              route_config: {
                virtual_hosts: [{ name: LISTENER, domains: ["*"], routes: routes.map(route) }],
              },
              http_filters: [
                {
                  name: FILTER_NAME,
                  config_discovery: {
                    config_source: {
                      path_config_source: { path: filterFile, watched_directory: { path: folder } },
                    },
                    type_urls: [TYPE_URLS.wasm],
                  },
                },
                { name: "envoy.filters.http.router", typed_config: { "@type": TYPE_URLS.router } },
              ],
            },
          },
        ],
      },
    ],
  };
}

function route({ prefix, name, match, status }: FilterRoute): object {
  const action = status === undefined ? { route: { cluster: UPSTREAM } } : { direct_response: { status } };
  return { name, match: { prefix, ...match }, ...action };
}

function cluster(name: string, port: number): object {
  return {
    name,
    type: "STATIC",
    connect_timeout: "1s",
    load_assignment: {
      cluster_name: name,
      endpoints: [{ lb_endpoints: [{ endpoint: { address: socketAddress(port) } }] }],
    },
  };
}

function socketAddress(port: number): object {
  return { socket_address: { address: "127.0.0.1", port_value: port } };
}

/** Exposures → the resources of a standalone Envoy, which reads them from files that it watches. */
import type { PluginConfig } from "../../api/plugin-config.ts";
import type { Gateway, Secret, Service } from "../../api/resources.ts";
import type { Exposure, IntrospectionServer } from "../../model/exposure.ts";
import type { Mesh } from "../../model/mesh.ts";
import { renderClusters, servicesByName } from "./clusters.ts";
import { authorizersInUse, renderAuthorizerClusters } from "./external-authorization.ts";
import { renderFilterConfig } from "./filter-config.ts";
import { renderIntrospectionClusters } from "./introspection.ts";
import { planListeners } from "./listener-plan.ts";
import { renderListeners } from "./listeners.ts";
import type { EnvoyResource } from "./resource.ts";
import { renderRouteConfigurations } from "./route-configurations.ts";
import { renderSecrets } from "./secrets.ts";

export { renderBootstrap } from "./bootstrap.ts";
export { checkGateways, checkServices } from "./check.ts";
export { type DiscoveryFile, renderDiscoveryFiles } from "./discovery-files.ts";
export { introspectionOnMachine, relaySocket } from "./introspection.ts";

export interface EnvoyInput {
  exposures: readonly Exposure[];
  gateways: readonly Gateway[];
  /** Absent: where services are is unknown, so clusters carry their names in the cluster's DNS. */
  services: readonly Service[] | undefined;
  secrets: readonly Secret[];
  pluginConfig: PluginConfig;
  /** Those that the policies name; absent: none. */
  introspectionServers?: readonly IntrospectionServer[] | undefined;
  /** What the mesh configuration says; absent: routes name no authorizer. */
  mesh?: Mesh | undefined;
  /** Path of the filter's Wasm module. */
  wasmFile: string;
  /** Folder of the files that Envoy watches, as `renderDiscoveryFiles` lays them out. */
  runDir: string;
  /** Replaces the port of the only server; `checkGateways` says when that is not possible. */
  portOverride?: number;
  /** Path of an access log in JSON lines; absent: none is written. */
  accessLog?: string;
}

/** Resources by discovery service, in the JSON mapping of proto3, each with its `@type`; sorted and byte-stable. */
export interface EnvoyFiles {
  /** LDS. Depend on the Gateways, and on the authorizers that are in use: any other change of a rule drains nothing. */
  listeners: EnvoyResource[];
  /** CDS. */
  clusters: EnvoyResource[];
  /** RDS. */
  routeConfigurations: EnvoyResource[];
  /** ECDS: the filter with its configuration. */
  filterConfig: EnvoyResource;
  /** SDS. Hold private keys: only for files that nobody else may read. */
  secrets: EnvoyResource[];
}

/** Renders everything that Envoy discovers. Pure; judges nothing: see `checkGateways` and `checkServices`. */
export function renderEnvoy(input: EnvoyInput): EnvoyFiles {
  const plan = planListeners(input.gateways, input.portOverride);
  const authorizers = authorizersInUse(input.exposures, input.mesh);
  const { runDir, accessLog } = input;
  return {
    listeners: renderListeners(plan, { runDir, authorizers, ...(accessLog !== undefined && { accessLog }) }),
    clusters: [
      ...renderClusters(input.exposures, input.services),
      ...renderAuthorizerClusters(authorizers, servicesByName(input.services ?? [])),
      ...renderIntrospectionClusters(input.introspectionServers ?? [], input.runDir),
    ],
    routeConfigurations: renderRouteConfigurations(plan, input.exposures),
    filterConfig: renderFilterConfig(input.pluginConfig, input.wasmFile),
    secrets: renderSecrets(plan, input.secrets),
  };
}

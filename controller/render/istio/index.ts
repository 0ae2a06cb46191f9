/** Translation → Istio resources. */
import type { Gateway, KubernetesObject } from "../../api/resources.ts";
import type { Translation } from "../../model/exposure.ts";
import { routeIntrospection } from "../introspection.ts";
import { ConfigPacker } from "../packed-config.ts";
import { type KeysBySource, renderPluginConfig } from "../plugin-config.ts";
import { renderAuthorizationPolicies } from "./authorization-policy.ts";
import { DEFAULT_RELAY, introspectionInCluster } from "./introspection.ts";
import { renderVirtualService } from "./virtual-service.ts";
import {
  DEFAULT_NAMESPACE,
  groupByPlugin,
  groupByWorkload,
  policiesOfWorkload,
  renderWasmPlugin,
  type WasmPluginOptions,
} from "./wasm-plugin.ts";
import { gatewayPrincipal, renderWorkloadGuards } from "./workload-guard.ts";

export type { WasmPluginOptions as IstioOptions } from "./wasm-plugin.ts";

/**
 * Renders one VirtualService for each APIRule that was accepted, its AuthorizationPolicies, and the WasmPlugins of the
 * gateways, sorted by kind, namespace and name. Byte-stable. Gateways are taken to have the ServiceAccount of Istio's own. `gateways` undefined: all are Istio's ingress gateway.
 */
export function renderIstio(
  translation: Translation,
  gateways: readonly Gateway[] | undefined,
  keys: KeysBySource,
  options: WasmPluginOptions,
): KubernetesObject[] {
  const exposures = translation.results.flatMap(({ exposure }) => exposure ?? []);
  const routing = introspectionInCluster(options.relay ?? DEFAULT_RELAY);
  const workloads = groupByWorkload(exposures, gateways);
  const plugins = groupByPlugin(workloads).map((workload) => {
    const policySet = routeIntrospection(policiesOfWorkload(workload, translation.policySet), routing);
    const config = renderPluginConfig(policySet, keys, options);
    return renderWasmPlugin(workload.selector, new ConfigPacker().pack(config), options);
  });
  const { namespace = DEFAULT_NAMESPACE } = options;
  const authorizationPolicies = workloads.flatMap(({ selector, ...served }) =>
    served.exposures.flatMap((exposure) => renderAuthorizationPolicies(exposure, { namespace, selector })),
  );
  const guards = exposures.flatMap((exposure) =>
    renderWorkloadGuards(exposure, [gatewayPrincipal(namespace)]),
  );
  return [...exposures.map(renderVirtualService), ...authorizationPolicies, ...guards, ...plugins].sort(
    (a, b) => (sortKey(a) < sortKey(b) ? -1 : 1),
  );
}

function sortKey({ kind, metadata }: KubernetesObject): string {
  return [kind, metadata.namespace, metadata.name].join("/");
}

/** Translation → Istio resources. */
import type { KubernetesObject } from "../../api/resources.ts";
import type { Exposure, Translation } from "../../model/exposure.ts";
import { originOf } from "../../model/foreign-hosts.ts";
import { GatewayPods } from "../../model/gateway-pods.ts";
import type { Resources } from "../../model/manifests.ts";
import { canSharePods, workloadSelector } from "../../model/selector.ts";
import { routeIntrospection } from "../introspection.ts";
import { ConfigPacker } from "../packed-config.ts";
import { type KeysBySource, renderPluginConfig } from "../plugin-config.ts";
import { type GatewayPlace, portsOf, renderAuthorizationPolicies } from "./authorization-policy.ts";
import { DEFAULT_RELAY, introspectionInCluster } from "./introspection.ts";
import { ServedHosts } from "./served-hosts.ts";
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
 * gateways, sorted by kind, namespace and name. Byte-stable. Gateways are taken to have the ServiceAccount of Istio's
 * own. Gateways that are not known are all Istio's ingress gateway.
 */
export function renderIstio(
  translation: Translation,
  resources: Pick<Resources, "gateways" | "virtualServices">,
  keys: KeysBySource,
  options: WasmPluginOptions,
): KubernetesObject[] {
  const exposures = translation.results.flatMap(({ exposure }) => exposure ?? []);
  const routing = introspectionInCluster(options.relay ?? DEFAULT_RELAY);
  const workloads = groupByWorkload(exposures, resources.gateways);
  const plugins = groupByPlugin(workloads).map((workload) => {
    const policySet = routeIntrospection(policiesOfWorkload(workload, translation.policySet), routing);
    const config = renderPluginConfig(policySet, keys, options);
    return renderWasmPlugin(workload.selector, new ConfigPacker().pack(config), options);
  });
  const { namespace = DEFAULT_NAMESPACE } = options;
  const placeOf = placesIn(exposures, resources, new GatewayPods(resources.gateways, { namespace }));
  const authorizationPolicies = exposures.flatMap((exposure) =>
    renderAuthorizationPolicies(exposure, { namespace, ...placeOf(exposure) }),
  );
  const guards = exposures.flatMap((exposure) =>
    renderWorkloadGuards(exposure, [gatewayPrincipal(namespace)]),
  );
  return [...exposures.map(renderVirtualService), ...authorizationPolicies, ...guards, ...plugins].sort(
    (a, b) => (sortKey(a) < sortKey(b) ? -1 : 1),
  );
}

/** Where each exposure is served, given everything that is served. */
function placesIn(
  exposures: readonly Exposure[],
  { gateways, virtualServices = [] }: Pick<Resources, "gateways" | "virtualServices">,
  pods: GatewayPods,
): (exposure: Exposure) => Omit<GatewayPlace, "namespace"> {
  const byName = new Map(gateways?.map((gateway) => [nameOf(gateway.metadata), gateway]));
  const served = new ServedHosts();
  for (const { apiRule, hosts, gateway } of exposures) {
    const { namespace } = apiRule;
    served.set(`APIRule ${nameOf(apiRule)}`, { namespace, hosts, gateways: [nameOf(gateway)] });
  }
  for (const foreign of virtualServices)
    served.set(nameOf(foreign.ref), { ...foreign, ...originOf(foreign) });
  return ({ hosts, gateway }) => {
    const selector = workloadSelector(byName.get(nameOf(gateway)));
    const isNear = (name: string) => canSharePods(selector, workloadSelector(byName.get(name)));
    const narrowerHosts = hosts.flatMap((host) => served.below(host, pods, isNear));
    return { selector, ports: portsOf(byName.get(nameOf(gateway))), narrowerHosts };
  };
}

function nameOf({ namespace, name }: { namespace: string; name: string }): string {
  return `${namespace}/${name}`;
}

function sortKey({ kind, metadata }: KubernetesObject): string {
  return [kind, metadata.namespace, metadata.name].join("/");
}

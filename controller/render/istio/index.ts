/** Translation → Istio resources. */
import type { Gateway, KubernetesObject } from "../../api/resources.ts";
import type { Translation } from "../../model/exposure.ts";
import { routeIntrospection } from "../introspection.ts";
import { ConfigPacker } from "../packed-config.ts";
import { type KeysBySource, renderPluginConfig } from "../plugin-config.ts";
import { DEFAULT_RELAY, introspectionInCluster } from "./introspection.ts";
import { renderVirtualService } from "./virtual-service.ts";
import {
  groupByPlugin,
  groupByWorkload,
  policiesOfWorkload,
  renderWasmPlugin,
  type WasmPluginOptions,
} from "./wasm-plugin.ts";

export type { WasmPluginOptions as IstioOptions } from "./wasm-plugin.ts";

/**
 * Renders one VirtualService for each APIRule that was accepted and the WasmPlugins of their gateways,
 * sorted by kind, namespace and name. Byte-stable. `gateways` undefined: all are Istio's ingress gateway.
 */
export function renderIstio(
  translation: Translation,
  gateways: readonly Gateway[] | undefined,
  keys: KeysBySource,
  options: WasmPluginOptions,
): KubernetesObject[] {
  const exposures = translation.results.flatMap(({ exposure }) => exposure ?? []);
  const routing = introspectionInCluster(options.relay ?? DEFAULT_RELAY);
  const plugins = groupByPlugin(groupByWorkload(exposures, gateways)).map((workload) => {
    const policySet = routeIntrospection(policiesOfWorkload(workload, translation.policySet), routing);
    const config = renderPluginConfig(policySet, keys, options);
    return renderWasmPlugin(workload.selector, new ConfigPacker().pack(config), options);
  });
  return [...exposures.map(renderVirtualService), ...plugins].sort((a, b) =>
    sortKey(a) < sortKey(b) ? -1 : 1,
  );
}

function sortKey({ kind, metadata }: KubernetesObject): string {
  return [kind, metadata.namespace, metadata.name].join("/");
}

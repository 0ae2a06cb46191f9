/**
 * The filter on the gateways. Which pods a selector will ever select is not known, so that every Gateway has a
 * WasmPlugin that reaches all of its pods by labels alone, and each WasmPlugin holds the policies of all routes that a
 * pod which it reaches can have.
 */
import type { AnyPluginConfig } from "../../api/packed-config.ts";
import type { Gateway, KubernetesObject } from "../../api/resources.ts";
import type { Exposure, PolicySet } from "../../model/exposure.ts";
import { GATEWAY_NAMESPACE } from "../../model/gateway-pods.ts";
import { canonicalJson } from "../../model/ids.ts";
import { canSharePods, type Selector, widest, workloadSelector } from "../../model/selector.ts";
import { introspectionServersNamedBy } from "../plugin-config-parts.ts";
import { managerLabels, objectName, shortHash } from "./names.ts";

/** Where gateway workloads are, unless options say otherwise. */
export const DEFAULT_NAMESPACE = GATEWAY_NAMESPACE;

/** What a gateway does while the filter cannot run: refuse, or refuse until it has started again. The first is the default. */
export const FAIL_STRATEGIES = ["FAIL_CLOSE", "FAIL_RELOAD"] as const;

export type FailStrategy = (typeof FAIL_STRATEGIES)[number];

export interface WasmPluginOptions {
  /** Namespace of the gateway workloads. */
  namespace?: string;
  /** Where the gateways get the filter: `oci://`, `https://`, `http://` or `file://`. */
  url: string;
  /** SHA-256 of the Wasm module in hexadecimal; absent: not checked. */
  sha256?: string;
  failStrategy?: FailStrategy;
  /** As in `PluginConfigOptions`. */
  clockSkewSeconds?: number;
  /** `host:port` of the Service of the introspection relay. */
  relay?: string;
}

/** The pods of a selector with what they expose. */
export interface GatewayWorkload {
  selector: Selector;
  exposures: Exposure[];
}

/** Groups exposures by the workload of their Gateway. */
export function groupByWorkload(
  exposures: readonly Exposure[],
  gateways: readonly Gateway[] | undefined,
): GatewayWorkload[] {
  const byName = new Map(
    gateways?.map((gateway) => [`${gateway.metadata.namespace}/${gateway.metadata.name}`, gateway]),
  );
  const workloads = new Map<string, GatewayWorkload>();
  for (const exposure of exposures) {
    const { namespace, name } = exposure.gateway;
    const selector = workloadSelector(byName.get(`${namespace}/${name}`));
    const key = canonicalJson(selector);
    const workload = workloads.get(key) ?? { selector, exposures: [] };
    workload.exposures.push(exposure);
    workloads.set(key, workload);
  }
  return [...workloads.values()];
}

/** The WasmPlugins that workloads take: none for those whose pods another one reaches. */
export function groupByPlugin(workloads: readonly GatewayWorkload[]): GatewayWorkload[] {
  return widest(workloads.map(({ selector }) => selector)).map((selector) => {
    const sharing = workloads.filter((workload) => canSharePods(selector, workload.selector));
    return { selector, exposures: sharing.flatMap(({ exposures }) => exposures) };
  });
}

/** Name of the WasmPlugin for a selector. */
export function wasmPluginName(selector: Selector): string {
  return objectName(shortHash(canonicalJson(selector)));
}

/**
 * Renders the WasmPlugin for a selector.
 *
 * @param pluginName as statistics of the filter carry it
 */
export function renderWasmPlugin(
  selector: Selector,
  pluginConfig: AnyPluginConfig,
  options: WasmPluginOptions,
  pluginName = wasmPluginName(selector),
): KubernetesObject {
  const name = wasmPluginName(selector);
  return {
    apiVersion: "extensions.istio.io/v1alpha1",
    kind: "WasmPlugin",
    metadata: { name, namespace: options.namespace ?? DEFAULT_NAMESPACE, labels: managerLabels() },
    spec: {
      selector: { matchLabels: { ...selector } },
      url: options.url,
      ...(options.sha256 === undefined ? {} : { sha256: options.sha256 }),
      type: "HTTP",
      phase: "AUTHN",
      failStrategy: options.failStrategy ?? FAIL_STRATEGIES[0],
      pluginName,
      pluginConfig,
      vmConfig: { env: [vmOfItsOwn(pluginName)] },
    },
  };
}

/** Plugins with equal code and VM configuration share a VM; this one's configuration equals no other's. */
function vmOfItsOwn(pluginName: string): object {
  return { name: "TOLLGATE", valueFrom: "INLINE", value: pluginName };
}

/** The policies that routes of the workload name, and no others. */
export function policiesOfWorkload({ exposures }: GatewayWorkload, policySet: PolicySet): PolicySet {
  const ids = new Set(exposures.flatMap(({ routes }) => routes.map(({ policy }) => policy)));
  const policies = policySet.policies.filter(({ id }) => ids.has(id));
  const named = new Set(policies.flatMap((policy) => (policy.kind === "jwt" ? policy.providers : [])));
  const providers = policySet.providers.filter(({ id }) => named.has(id));
  const sources = new Set(providers.map(({ keySource }) => keySource));
  const servers = introspectionServersNamedBy(policies);
  const introspectionServers = policySet.introspectionServers?.filter(({ id }) => servers.has(id)) ?? [];
  const cors = new Set(policies.map((policy) => policy.cors));
  const corsPolicies = policySet.corsPolicies?.filter(({ id }) => cors.has(id)) ?? [];
  return {
    ...{ policies, providers, keySources: policySet.keySources.filter(({ id }) => sources.has(id)) },
    ...(introspectionServers.length > 0 && { introspectionServers }),
    ...(corsPolicies.length > 0 && { corsPolicies }),
  };
}

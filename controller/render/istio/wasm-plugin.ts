/** The filter on the gateways: one WasmPlugin for each gateway workload. */
import type { AnyPluginConfig } from "../../api/packed-config.ts";
import type { Gateway, KubernetesObject } from "../../api/resources.ts";
import type { Exposure, PolicySet } from "../../model/exposure.ts";
import { canonicalJson } from "../../model/ids.ts";
import { introspectionServersNamedBy } from "../plugin-config-parts.ts";
import { managerLabels, objectName, shortHash } from "./names.ts";

/** Which gateway workload a WasmPlugin is for, as labels of its pods. */
export type Selector = Readonly<Record<string, string>>;

/** The selector of a Gateway that is not known, or that has none: a WasmPlugin without one would reach every sidecar. */
const DEFAULT_SELECTOR: Selector = { istio: "ingressgateway" };

const DEFAULT_NAMESPACE = "istio-system";

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

/** A gateway workload with everything it exposes. */
export interface GatewayWorkload {
  selector: Selector;
  exposures: Exposure[];
}

/** The labels of the pods that serve a Gateway. */
export function workloadSelector(gateway: Gateway | undefined): Selector {
  const declared = gateway?.spec.selector ?? {};
  return Object.keys(declared).length > 0 ? declared : DEFAULT_SELECTOR;
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

/** Name of the WasmPlugin of a workload. */
export function wasmPluginName(selector: Selector): string {
  return objectName(shortHash(canonicalJson(selector)));
}

/** Renders the WasmPlugin of one workload. */
export function renderWasmPlugin(
  selector: Selector,
  pluginConfig: AnyPluginConfig,
  options: WasmPluginOptions,
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
      pluginName: "tollgate",
      pluginConfig,
      vmConfig: { env: [vmOfItsOwn(name)] },
    },
  };
}

/** Plugins with equal code and VM configuration share a VM; this one's configuration equals no other's. */
function vmOfItsOwn(name: string): object {
  return { name: "TOLLGATE", valueFrom: "INLINE", value: name };
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

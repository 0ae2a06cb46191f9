/** The filter on the gateways: one WasmPlugin for each gateway workload. */
import type { Gateway, KubernetesObject } from "../../api/resources.ts";
import type { Exposure, PolicySet } from "../../model/exposure.ts";
import { canonicalJson } from "../../model/ids.ts";
import { type KeysBySource, renderPluginConfig } from "../plugin-config.ts";
import { managerLabels, objectName, shortHash } from "./names.ts";

/** Which gateway workload a WasmPlugin is for, as labels of its pods. */
type Selector = Readonly<Record<string, string>>;

/** The selector of a Gateway that is not known, or that has none: a WasmPlugin without one would reach every sidecar. */
const DEFAULT_SELECTOR: Selector = { istio: "ingressgateway" };

const DEFAULT_NAMESPACE = "istio-system";

export interface WasmPluginOptions {
  /** Namespace of the gateway workloads. */
  namespace?: string;
  /** Where the gateways get the filter: `oci://`, `https://`, `http://` or `file://`. */
  url: string;
  /** SHA-256 of the Wasm module in hexadecimal; absent: not checked. */
  sha256?: string;
  /** As in `PluginConfigOptions`. */
  clockSkewSeconds?: number;
}

/** A gateway workload with everything it exposes. */
export interface GatewayWorkload {
  selector: Selector;
  exposures: Exposure[];
}

/** Groups exposures by the workload of their Gateway. */
export function groupByWorkload(
  exposures: readonly Exposure[],
  gateways: readonly Gateway[] | undefined,
): GatewayWorkload[] {
  const selectors = new Map(
    gateways?.map(({ metadata, spec }) => [`${metadata.namespace}/${metadata.name}`, spec.selector]),
  );
  const workloads = new Map<string, GatewayWorkload>();
  for (const exposure of exposures) {
    const { namespace, name } = exposure.gateway;
    const declared = selectors.get(`${namespace}/${name}`) ?? {};
    const selector = Object.keys(declared).length > 0 ? declared : DEFAULT_SELECTOR;
    const key = canonicalJson(selector);
    const workload = workloads.get(key) ?? { selector, exposures: [] };
    workload.exposures.push(exposure);
    workloads.set(key, workload);
  }
  return [...workloads.values()];
}

/** Renders the WasmPlugin of one workload with the policies that its routes name, and no others. */
export function renderWasmPlugin(
  { selector, exposures }: GatewayWorkload,
  policySet: PolicySet,
  keys: KeysBySource,
  options: WasmPluginOptions,
): KubernetesObject {
  const name = objectName(shortHash(canonicalJson(selector)));
  const policies = new Set(exposures.flatMap(({ routes }) => routes.map(({ policy }) => policy)));
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
      failStrategy: "FAIL_CLOSE",
      pluginName: "tollgate",
      pluginConfig: renderPluginConfig(selectPolicies(policySet, policies), keys, options),
      vmConfig: { env: [vmOfItsOwn(name)] },
    },
  };
}

/** Plugins with equal code and VM configuration share a VM; this one's configuration equals no other's. */
function vmOfItsOwn(name: string): object {
  return { name: "TOLLGATE", valueFrom: "INLINE", value: name };
}

function selectPolicies(policySet: PolicySet, ids: ReadonlySet<string>): PolicySet {
  const policies = policySet.policies.filter(({ id }) => ids.has(id));
  const named = new Set(policies.flatMap((policy) => (policy.kind === "jwt" ? policy.providers : [])));
  const providers = policySet.providers.filter(({ id }) => named.has(id));
  const sources = new Set(providers.map(({ keySource }) => keySource));
  return { policies, providers, keySources: policySet.keySources.filter(({ id }) => sources.has(id)) };
}

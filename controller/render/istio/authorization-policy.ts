/** External checks of an APIRule → AuthorizationPolicies on its gateways. */
import type { Gateway, KubernetesObject } from "../../api/resources.ts";
import type { Exposure, ExternalCheck, ObjectRef } from "../../model/exposure.ts";
import { canonicalJson, type JsonValue } from "../../model/ids.ts";
import type { Selector } from "../../model/selector.ts";
import { objectName, ownerLabels, shortHash } from "./names.ts";

/** Where the gateways of an APIRule are, and what else they serve. */
export interface GatewayPlace {
  namespace: string;
  selector: Selector;
  /** Ports that a client may name in `Host`. */
  ports: readonly number[];
  /** Hosts below the APIRule's wildcard that other VirtualServices have there, sorted. */
  narrowerHosts: readonly string[];
}

/** Those of URLs that name none. */
const DEFAULT_PORTS = [80, 443];

/** So many hosts are left out of an AuthorizationPolicy at the most: Envoy compares them one by one. */
const MAX_NARROWER = 1_000;

/** The ports that clients may name when they call a Gateway: those of its servers, 80 and 443, sorted. */
export function portsOf(gateway: Gateway | undefined): number[] {
  const ports = (gateway?.spec.servers ?? []).map(({ port }) => port.number);
  return [...new Set([...DEFAULT_PORTS, ...ports])].sort((a, b) => a - b);
}

/**
 * Whether so many others have hosts below the wildcard of an APIRule that its authorizers are asked about their
 * requests too.
 */
export function asksForNarrowerHosts(
  { externalChecks = [] }: Exposure,
  { narrowerHosts }: GatewayPlace,
): boolean {
  return externalChecks.some(({ requests }) => requests.length * narrowerHosts.length > MAX_NARROWER);
}

/**
 * Renders one AuthorizationPolicy with action CUSTOM for each authorizer that the rules name. It matches the requests
 * that the routes of these rules take, and no others, so that the first rule decides alone. The name tells the content,
 * so that the old and the new one can stand side by side while routes change.
 */
export function renderAuthorizationPolicies(exposure: Exposure, gateway: GatewayPlace): KubernetesObject[] {
  const { apiRule, externalChecks = [] } = exposure;
  const forms = (names: readonly string[]) => names.flatMap((host) => formsOf(host, gateway.ports));
  const hosts = forms(exposure.hosts);
  const notHosts = asksForNarrowerHosts(exposure, gateway) ? [] : forms(gateway.narrowerHosts);
  return externalChecks.map(({ authorizer, requests }) => {
    const spec = {
      selector: { matchLabels: { ...gateway.selector } },
      action: "CUSTOM",
      provider: { name: authorizer },
      rules: requests.flatMap((request) => renderRules({ hosts, notHosts }, request)),
    };
    return {
      apiVersion: "security.istio.io/v1",
      kind: "AuthorizationPolicy",
      metadata: {
        name: authorizationPolicyName(apiRule, spec),
        namespace: gateway.namespace,
        labels: ownerLabels(apiRule),
      },
      spec,
    };
  });
}

/** The name tells the content, so that two policies of an APIRule can stand side by side. */
export function authorizationPolicyName({ namespace, name }: ObjectRef, spec: JsonValue): string {
  return objectName(`${name.slice(0, 200)}-${shortHash(canonicalJson({ namespace, name, spec }))}`);
}

/** A host as `Host` may hold it. Istio matches it at one end only, so a wildcard has a form for each port. */
function formsOf(host: string, ports: readonly number[]): string[] {
  return host.startsWith("*") ? [host, ...ports.map((port) => `${host}:${port}`)] : [host, `${host}:*`];
}

function renderRules(
  { hosts, notHosts }: { hosts: string[]; notHosts: string[] },
  request: ExternalCheck["requests"][number],
): JsonValue[] {
  const { methods, paths, notPaths, passPreflight } = request;
  const operation = {
    hosts: [...hosts],
    ...(notHosts.length > 0 ? { notHosts: [...notHosts] } : {}),
    methods: [...methods],
    paths: [...paths],
    ...(notPaths.length > 0 ? { notPaths: [...notPaths] } : {}),
  };
  const to = [{ operation }];
  if (!passPreflight) return [{ to }];
  return PREFLIGHT_HEADERS.map((name) => ({
    to,
    when: [{ key: `request.headers[${name}]`, notValues: ["*"] }],
  }));
}

/** A request that lacks one of them is no CORS preflight (Fetch, section 3.3.2). */
const PREFLIGHT_HEADERS = ["origin", "access-control-request-method"];

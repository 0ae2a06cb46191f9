/** External checks of an APIRule → AuthorizationPolicies on its gateways. */
import type { Gateway, KubernetesObject } from "../../api/resources.ts";
import type { Exposure, ExternalCheck, ObjectRef } from "../../model/exposure.ts";
import { contentId, type JsonValue } from "../../model/ids.ts";
import type { Selector } from "../../model/selector.ts";
import { objectName, ownerLabels } from "./names.ts";

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

/**
 * So many hosts are left out of an AuthorizationPolicy at the most, counted for each kind of requests: Envoy compares
 * them one by one.
 */
const MAX_NARROWER = 10_000;

/** Largest spec of an AuthorizationPolicy that leaves out hosts, as JSON: a larger one the API server may not take. */
const MAX_BYTES = 1_000_000;

/** Most rules of an AuthorizationPolicy. */
const MAX_RULES = 512;

/** The ports that clients may name when they call a Gateway: those of its servers, 80 and 443, sorted. */
export function portsOf(gateway: Gateway | undefined): number[] {
  const ports = (gateway?.spec.servers ?? []).map(({ port }) => port.number);
  return [...new Set([...DEFAULT_PORTS, ...ports])].sort((a, b) => a - b);
}

/**
 * Renders AuthorizationPolicies with action CUSTOM for each authorizer that the rules name: one, unless there are more
 * rules than it may have. They match the requests that the routes of these rules take, and no others, so that the first
 * rule decides alone. The name tells the content,
 * so that the old and the new one can stand side by side while routes change. Where others have so many hosts below the
 * wildcard of the APIRule that they cannot all be left out, there is none: nobody's authorizers are asked about the hosts
 * of others, and the filter refuses the requests that none was asked about.
 */
export function renderAuthorizationPolicies(exposure: Exposure, gateway: GatewayPlace): KubernetesObject[] {
  const { apiRule, externalChecks = [] } = exposure;
  const forms = (names: readonly string[]) => names.flatMap((host) => formsOf(host, gateway.ports));
  const hosts = forms(exposure.hosts);
  const notHosts = forms(gateway.narrowerHosts);
  const isTooWide = (count: number) => count * gateway.narrowerHosts.length > MAX_NARROWER;
  if (externalChecks.some(({ requests }) => isTooWide(requests.length))) return [];
  const specs = externalChecks.flatMap(({ authorizer, requests }) =>
    inParts(requests.flatMap((request) => renderRules({ hosts, notHosts }, request))).map((rules) => ({
      selector: { matchLabels: { ...gateway.selector } },
      action: "CUSTOM",
      provider: { name: authorizer },
      rules,
    })),
  );
  const isTooLarge = (spec: JsonValue) => Buffer.byteLength(JSON.stringify(spec)) > MAX_BYTES;
  if (notHosts.length > 0 && specs.some(isTooLarge)) return [];
  return specs.map((spec) => ({
    apiVersion: "security.istio.io/v1",
    kind: "AuthorizationPolicy",
    metadata: {
      name: authorizationPolicyName(apiRule, spec),
      namespace: gateway.namespace,
      labels: ownerLabels(apiRule),
    },
    spec,
  }));
}

/**
 * The name tells the content, so that two policies of an APIRule can stand side by side. All teams share a namespace, and
 * choose what is hashed: the hash is long enough that nobody finds the name of another's.
 */
export function authorizationPolicyName({ namespace, name }: ObjectRef, spec: JsonValue): string {
  const start = name.slice(0, 200).replace(/[-.]+$/, "");
  return objectName(`${start}-${contentId({ namespace, name, spec })}`);
}

function inParts(rules: readonly JsonValue[]): JsonValue[][] {
  const starts = rules.flatMap((_, index) => (index % MAX_RULES === 0 ? [index] : []));
  return starts.map((start) => rules.slice(start, start + MAX_RULES));
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

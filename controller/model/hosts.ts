/** Hosts of APIRules against the Gateways that serve them. */
import type { Gateway } from "../api/resources.ts";

/** The host as clients write it, or why there is none. `path` says which field is to blame. */
export type ResolvedHost = { host: string } | { path: ".spec.hosts[0]" | ".spec.gateway"; problem: string };

const SHORT_HOST_WITHOUT_DOMAIN =
  "Lowercase RFC 1123 label (short host) is only supported as the APIRule host when selected Gateway has a single host " +
  "definition matching *.<fqdn> format";

/** What is known of the Gateways that hosts are resolved by. */
export interface KnownGateways {
  /** Undefined: nothing is known of any. */
  gateways?: readonly Gateway[] | undefined;
  /** Domain of the Gateways where nothing is known of them; absent: a short host is a problem then. */
  assumedDomain?: string;
}

/**
 * Completes `host` from the Gateway `reference` (`namespace/name`) if it is short, and checks that the Gateway serves it
 * to objects of `namespace`. Where nothing is known of Gateways, it is not checked.
 */
export function resolveHost(
  host: string,
  reference: string,
  namespace: string,
  { gateways, assumedDomain }: KnownGateways,
): ResolvedHost {
  const isShort = !host.includes(".");
  if (gateways === undefined) {
    if (!isShort) return { host };
    if (assumedDomain !== undefined) {
      return { host: [host, ...reference.split("/").reverse(), assumedDomain].join(".") };
    }
    const problem = `The short host "${host}" is completed from Gateway "${reference}"; add the Gateway document, or write the full host`;
    return { path: ".spec.hosts[0]", problem };
  }
  const gateway = gateways.find(({ metadata }) => `${metadata.namespace}/${metadata.name}` === reference);
  if (gateway === undefined) {
    return {
      path: ".spec.gateway",
      problem: `Could not get specified Gateway: Gateway not found: Unable to find Gateway "${reference}"`,
    };
  }
  const domain = isShort ? singleDomain(gateway) : undefined;
  if (isShort && domain === undefined) return { path: ".spec.hosts[0]", problem: SHORT_HOST_WITHOUT_DOMAIN };
  const full = domain === undefined ? host : `${host}.${domain}`;
  if (gatewayServes(gateway, full, namespace)) return { host: full };
  const problem = `Gateway "${reference}" does not serve the host "${full}" to namespace "${namespace}"; it has ${serverHosts(gateway).join(", ") || "no hosts"}`;
  return { path: ".spec.hosts[0]", problem };
}

/** Whether a server of the Gateway has a host that covers `host`, for objects of `namespace`. */
function gatewayServes(gateway: Gateway, host: string, namespace: string): boolean {
  return hostsFor(gateway, namespace).some((name) => hostCovers(name, host));
}

/**
 * Whether a VirtualService of `namespace` can have `host` at the Gateway: Istio takes any that overlaps with the host of
 * a server, a wider one too.
 */
export function gatewayTakes(gateway: Gateway, host: string, namespace: string): boolean {
  return hostsFor(gateway, namespace).some((name) => hostCovers(name, host) || hostCovers(host, name));
}

/** The hosts that the servers of the Gateway have for objects of `namespace`. */
function hostsFor(gateway: Gateway, namespace: string): string[] {
  return serverHosts(gateway).flatMap((serverHost) => {
    const [selector, name] = splitNamespace(serverHost);
    const admitted = selector === "." ? gateway.metadata.namespace : selector;
    return admitted === "*" || admitted === namespace ? name.toLowerCase() : [];
  });
}

function hostCovers(serverHost: string, host: string): boolean {
  return serverHost === host || wildcardCovers(serverHost, host);
}

/** Whether a host is below a wildcard; `*` is above all. A wildcard is not below itself. */
function wildcardCovers(wildcard: string, host: string): boolean {
  if (wildcard === "*") return host !== "*";
  return wildcard.startsWith("*.") && host !== wildcard && host.endsWith(wildcard.slice(1));
}

/** All wildcards that a host is below, the narrowest first. */
export function wildcardsOver(host: string): string[] {
  const labels = host.split(".");
  return labels
    .map((_, index) => ["*", ...labels.slice(index + 1)].join("."))
    .filter((wide) => wide !== host);
}

function singleDomain(gateway: Gateway): string | undefined {
  const names = new Set(serverHosts(gateway).map((host) => splitNamespace(host)[1].toLowerCase()));
  const oneEach = gateway.spec.servers.every(({ hosts }) => hosts.length === 1);
  const [name] = names;
  return oneEach && names.size === 1 && name?.startsWith("*.") ? name.slice(2) : undefined;
}

function serverHosts(gateway: Gateway): string[] {
  return gateway.spec.servers.flatMap(({ hosts }) => hosts);
}

/** A server's host is `host` or `namespace/host`. */
function splitNamespace(serverHost: string): [string, string] {
  const slash = serverHost.indexOf("/");
  return slash < 0 ? ["*", serverHost] : [serverHost.slice(0, slash), serverHost.slice(slash + 1)];
}

/** Which sockets the Gateways ask for, and which virtual hosts each of them serves. */
import type { Gateway, GatewayServer } from "../../api/resources.ts";
import { dnsName, isPlain, serverProblems } from "./gateway-server.ts";

/** The address a server listens on when its Gateway names none. */
export const DEFAULT_BIND = "127.0.0.1";

/** One server of one Gateway. */
export interface PlannedServer {
  gateway: Gateway;
  index: number;
  server: GatewayServer;
}

/** One TCP socket with the servers behind it. */
export interface PlannedListener {
  name: string;
  address: string;
  port: number;
  /** In the order in which filter chains are written: one for all plain servers, one for each TLS server. */
  chains: PlannedChain[];
}

/** One filter chain with its own RouteConfiguration. */
export interface PlannedChain {
  /** Name of the RouteConfiguration. */
  routeConfiguration: string;
  servers: PlannedServer[];
  /** Absent for plain HTTP. */
  tls?: { serverNames: string[]; secret: string };
}

/** Groups the servers of all Gateways by socket. Servers that `serverProblems` refuses are left out. */
export function planListeners(gateways: readonly Gateway[], portOverride?: number): PlannedListener[] {
  const servers = plannedServers(gateways).filter(({ server }) => serverProblems(server).length === 0);
  const override = overridablePort(gateways) === undefined ? undefined : portOverride;
  const listeners = new Map<string, PlannedListener>();
  for (const planned of servers) {
    const address = planned.server.bind ?? DEFAULT_BIND;
    const port = override ?? planned.server.port.number;
    const name = `${address}_${port}`;
    const listener = listeners.get(name) ?? { name, address, port, chains: [] };
    listeners.set(name, listener);
    addServer(listener, planned);
  }
  return [...listeners.values()].sort((a, b) => (a.name < b.name ? -1 : 1));
}

/** Every server of every Gateway, sorted by namespace, name and index. */
export function plannedServers(gateways: readonly Gateway[]): PlannedServer[] {
  return [...gateways]
    .sort((a, b) => (gatewayName(a) < gatewayName(b) ? -1 : 1))
    .flatMap((gateway) => gateway.spec.servers.map((server, index) => ({ gateway, index, server })));
}

/** The port that an override replaces: that of the only server, when it is plain HTTP. */
export function overridablePort(gateways: readonly Gateway[]): number | undefined {
  const [only, ...others] = plannedServers(gateways);
  return only !== undefined && others.length === 0 && isPlain(only.server)
    ? only.server.port.number
    : undefined;
}

/**
 * The Secret of a TLS server as `namespace/name`, in the namespace of the Gateway. (Istio reads it from the namespace of
 * the gateway workload, which there is none of here.)
 */
export function secretOf({ gateway, server }: PlannedServer): string {
  return `${gateway.metadata.namespace}/${server.tls?.credentialName ?? ""}`;
}

/** `namespace/name`. */
export function gatewayName(gateway: Gateway): string {
  return `${gateway.metadata.namespace}/${gateway.metadata.name}`;
}

function addServer(listener: PlannedListener, planned: PlannedServer): void {
  if (isPlain(planned.server)) {
    const plain = listener.chains.find(({ tls }) => tls === undefined);
    if (plain) plain.servers.push(planned);
    else listener.chains.push({ routeConfiguration: `http.${listener.name}`, servers: [planned] });
    return;
  }
  const { namespace, name } = planned.gateway.metadata;
  listener.chains.push({
    routeConfiguration: `https.${listener.name}.${namespace}.${name}.${planned.index}`,
    servers: [planned],
    tls: { serverNames: serverNames(planned.server), secret: secretOf(planned) },
  });
}

function serverNames({ hosts }: GatewayServer): string[] {
  const names = new Set(hosts.map(dnsName));
  return names.has("*") ? [] : [...names].sort();
}

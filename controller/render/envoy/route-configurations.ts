/** RouteConfigurations (RDS): the virtual hosts of each filter chain. */
import type { Exposure } from "../../model/exposure.ts";
import { dnsName, isPlain, servesHost } from "./gateway-server.ts";
import { gatewayName, type PlannedChain, type PlannedListener, type PlannedServer } from "./listener-plan.ts";
import { type EnvoyResource, TYPE_URLS } from "./resource.ts";
import { renderRoute } from "./routes.ts";

/** The port of `https` URLs that name none. */
const HTTPS_PORT = 443;

/** Renders one RouteConfiguration a filter chain; a chain that serves no host has no virtual host and answers 404. */
export function renderRouteConfigurations(
  plan: readonly PlannedListener[],
  exposures: readonly Exposure[],
): EnvoyResource[] {
  return plan
    .flatMap(({ chains }) => chains)
    .map((chain) => ({
      "@type": TYPE_URLS.routeConfiguration,
      name: chain.routeConfiguration,
      ignore_port_in_host_matching: true,
      virtual_hosts: renderVirtualHosts(chain, exposures),
    }));
}

function renderVirtualHosts(chain: PlannedChain, exposures: readonly Exposure[]): object[] {
  const routes = new Map<string, object[]>();
  for (const planned of chain.servers.filter(({ server }) => redirects(server))) {
    for (const host of planned.server.hosts) routes.set(dnsName(host), [redirectRoute(planned)]);
  }
  for (const exposure of exposures) {
    for (const host of exposure.hosts.filter((name) => serves(chain, exposure, name))) {
      routes.set(
        host,
        exposure.routes.map((route) => renderRoute(exposure, route)),
      );
    }
  }
  return [...routes]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([host, ordered]) => ({ name: host, domains: [host], routes: ordered }));
}

/** Whether a server of the exposure's own Gateway in this chain has the host. */
function serves(chain: PlannedChain, { gateway, apiRule }: Exposure, host: string): boolean {
  return chain.servers
    .filter((planned) => gatewayName(planned.gateway) === `${gateway.namespace}/${gateway.name}`)
    .filter(({ server }) => !redirects(server))
    .some(({ server }) =>
      server.hosts.some((serverHost) => servesHost(serverHost, gateway.namespace, host, apiRule.namespace)),
    );
}

function redirects(server: PlannedServer["server"]): boolean {
  return isPlain(server) && server.tls?.httpsRedirect === true;
}

function redirectRoute({ gateway, server }: PlannedServer): object {
  const names = new Set(server.hosts.map(dnsName));
  const target = gateway.spec.servers.find(
    (candidate) => !isPlain(candidate) && candidate.hosts.some((host) => names.has(dnsName(host))),
  );
  const port = target?.port.number ?? HTTPS_PORT;
  return {
    match: { prefix: "/" },
    redirect: { https_redirect: true, ...(port === HTTPS_PORT ? {} : { port_redirect: port }) },
  };
}

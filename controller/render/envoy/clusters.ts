/** Clusters (CDS): one for each service and port that a route leads to. */
import { isIP } from "node:net";
import type { Service } from "../../api/resources.ts";
import type { Exposure, ObjectRef, Route } from "../../model/exposure.ts";
import { type EnvoyResource, TYPE_URLS } from "./resource.ts";

const CONNECT_TIMEOUT = "10s";

/** As good as no limit, as Istio sets it: an upstream is not protected by refusing its clients. */
const UNLIMITED = 4_294_967_295;

/** Name of the cluster of a destination. */
export function clusterName({ service, port }: Route["destination"]): string {
  return `${refName(service)}/${port}`;
}

/** Renders the clusters of all routes, sorted by name. */
export function renderClusters(
  exposures: readonly Exposure[],
  services: readonly Service[] | undefined,
): EnvoyResource[] {
  const destinations = new Map<string, Route["destination"]>();
  for (const { destination } of exposures.flatMap(({ routes }) => routes)) {
    destinations.set(clusterName(destination), destination);
  }
  const byName = servicesByName(services ?? []);
  return [...destinations]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([name, { service, port }]) =>
      renderCluster(name, endpointOf(byName.get(refName(service)), service, port)),
    );
}

/** Services by `namespace/name`. */
export type ServicesByName = ReadonlyMap<string, Service>;

export function servicesByName(services: readonly Service[]): ServicesByName {
  return new Map(services.map((service) => [refName(service.metadata), service]));
}

/** `namespace/name`. */
export function refName({ namespace, name }: ObjectRef): string {
  return `${namespace}/${name}`;
}

/** A host and a port, or a Unix socket. */
export type Endpoint = { host: string; port: number } | { pipe: string };

/** Where a port of a Service is; one that is not known carries its name in the DNS of the cluster. */
export function endpointOf(service: Service | undefined, ref: ObjectRef, port: number): Endpoint {
  const host = service?.spec.externalName;
  if (host === undefined) return { host: `${ref.name}.${ref.namespace}.svc.cluster.local`, port };
  const targetPort = service?.spec.ports?.find((candidate) => candidate.port === port)?.targetPort;
  return { host, port: typeof targetPort === "number" ? targetPort : port };
}

/** Renders a cluster of plain HTTP without limits. */
export function renderCluster(name: string, endpoint: Endpoint): EnvoyResource {
  const isName = "host" in endpoint && isIP(endpoint.host) === 0;
  return {
    "@type": TYPE_URLS.cluster,
    name,
    ...(isName ? { cluster_type: dnsCluster() } : { type: "STATIC" }),
    connect_timeout: CONNECT_TIMEOUT,
    circuit_breakers: {
      thresholds: [
        {
          max_connections: UNLIMITED,
          max_pending_requests: UNLIMITED,
          max_requests: UNLIMITED,
          max_retries: UNLIMITED,
        },
      ],
    },
    load_assignment: {
      cluster_name: name,
      endpoints: [{ lb_endpoints: [{ endpoint: { address: addressOf(endpoint) } }] }],
    },
  };
}

function addressOf(endpoint: Endpoint): object {
  if ("pipe" in endpoint) return { pipe: { path: endpoint.pipe } };
  return { socket_address: { address: endpoint.host, port_value: endpoint.port } };
}

/** Every address that the name has, resolved again as often as DNS asks for. */
function dnsCluster(): object {
  return {
    name: "envoy.cluster.dns",
    typed_config: {
      "@type": TYPE_URLS.dnsCluster,
      dns_lookup_family: "V4_PREFERRED",
      respect_dns_ttl: true,
    },
  };
}

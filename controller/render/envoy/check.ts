/** What of the given resources a standalone Envoy cannot serve, said before anything is rendered. */
import type { Gateway, Secret, Service } from "../../api/resources.ts";
import type { Exposure } from "../../model/exposure.ts";
import { serviceOf } from "../../model/external-authorizer.ts";
import type { ObjectProblem } from "../../model/manifests.ts";
import type { Mesh } from "../../model/mesh.ts";
import { refName, servicesByName } from "./clusters.ts";
import { authorizersInUse } from "./external-authorization.ts";
import { dnsName, isPlain, serverProblems } from "./gateway-server.ts";
import {
  DEFAULT_BIND,
  gatewayName,
  overridablePort,
  type PlannedServer,
  plannedServers,
  secretOf,
} from "./listener-plan.ts";
import { findSecret, secretProblems } from "./secrets.ts";

export interface GatewayCheckOptions {
  /** Absent: what Secrets there are is unknown. */
  secrets?: readonly Secret[];
  /** As `EnvoyInput.portOverride`. */
  portOverride?: number;
}

/** Everything about the Gateways and their Secrets that cannot be served, each with what to do. */
export function checkGateways(
  gateways: readonly Gateway[],
  options: GatewayCheckOptions = {},
): ObjectProblem[] {
  const servers = plannedServers(gateways);
  return [
    ...servers.flatMap((planned) =>
      serverProblems(planned.server).map(({ field, message }) => problemOf(planned, field, message)),
    ),
    ...checkSockets(servers),
    ...checkSecrets(servers, options.secrets),
    ...checkPortOverride(servers, gateways, options.portOverride),
  ];
}

/** Each Service that a route leads to, or that is asked for one, must say where it really is. */
export function checkServices(
  exposures: readonly Exposure[],
  services: readonly Service[],
  mesh?: Mesh,
): ObjectProblem[] {
  const byName = servicesByName(services);
  const destinations = exposures.flatMap(({ routes }) =>
    routes.map(({ destination }) => refName(destination.service)),
  );
  const asked = [...authorizersInUse(exposures, mesh).values()].flatMap(
    (authorizer) => serviceOf(authorizer) ?? [],
  );
  const names = new Set([...destinations, ...asked.map(refName)]);
  return [...names].sort().flatMap((name) => {
    const service = byName.get(name);
    if (service === undefined || service.spec.externalName !== undefined) return [];
    const message = "without a cluster a Service must be of `type: ExternalName` and say its `externalName`";
    return { object: `Service ${name}`, path: ".spec.externalName", message };
  });
}

function checkSockets(servers: readonly PlannedServer[]): ObjectProblem[] {
  const plainOfSocket = new Map<string, boolean>();
  const namesOfSocket = new Map<string, Set<string>>();
  return servers.flatMap((planned) => {
    const { server } = planned;
    const socket = `${server.bind ?? DEFAULT_BIND}:${server.port.number}`;
    if ((plainOfSocket.get(socket) ?? isPlain(server)) !== isPlain(server)) {
      return problemOf(
        planned,
        "port.number",
        `${socket} serves both HTTP and HTTPS; use another port for one of them`,
      );
    }
    plainOfSocket.set(socket, isPlain(server));
    if (isPlain(server)) return [];
    const names = namesOfSocket.get(socket) ?? new Set();
    namesOfSocket.set(socket, names);
    const taken = server.hosts.map(dnsName).filter((name) => names.has(name));
    for (const host of server.hosts) names.add(dnsName(host));
    return taken.map((name) =>
      problemOf(planned, "hosts", `${name} is served by another server on ${socket}; remove one`),
    );
  });
}

function checkSecrets(
  servers: readonly PlannedServer[],
  secrets: readonly Secret[] | undefined,
): ObjectProblem[] {
  if (secrets === undefined) return [];
  const problems = new Map<string, ObjectProblem>();
  for (const planned of servers) {
    if (isPlain(planned.server) || planned.server.tls?.credentialName === undefined) continue;
    const name = secretOf(planned);
    const secret = findSecret(secrets, name);
    if (secret === undefined) {
      const problem = problemOf(planned, "tls.credentialName", `there is no Secret ${name}; add it`);
      problems.set(problem.object + problem.path, problem);
      continue;
    }
    for (const { field, message } of secretProblems(secret)) {
      problems.set(name + field, { object: `Secret ${name}`, path: field, message });
    }
  }
  return [...problems.values()];
}

function checkPortOverride(
  servers: readonly PlannedServer[],
  gateways: readonly Gateway[],
  portOverride: number | undefined,
): ObjectProblem[] {
  const [first] = servers;
  if (first === undefined || portOverride === undefined || overridablePort(gateways) !== undefined) return [];
  const message = `the port can be replaced by ${portOverride} only where one plain HTTP server is all there is; set the ports here instead`;
  return [{ object: `Gateway ${gatewayName(first.gateway)}`, path: ".spec.servers", message }];
}

function problemOf({ gateway, index }: PlannedServer, field: string, message: string): ObjectProblem {
  return { object: `Gateway ${gatewayName(gateway)}`, path: `.spec.servers[${index}].${field}`, message };
}

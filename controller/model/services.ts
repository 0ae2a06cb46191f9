/** Finds the Service that the requests of a rule go to. */
import type { Rule } from "../api/apirule/rule.ts";
import type { Spec } from "../api/apirule/spec.ts";
import type { Service } from "../api/resources.ts";
import type { Route } from "./exposure.ts";
import type { Findings } from "./findings.ts";

type Destination = Route["destination"];

const NO_SERVICE = "The rule must define a service, because no service is defined on spec level";

/** The Services that exist, by `namespace/name`; undefined where they are not known. */
export type ServiceIndex = Pick<ReadonlyMap<string, Service>, "get"> | undefined;

/** Indexes a list of Services. */
export function indexServices(services: readonly Service[] | undefined): ServiceIndex {
  return services && new Map(services.map((service) => [referenceOf(service.metadata), service]));
}

/**
 * The destination of a rule at `rulePath`. A rule's own service wins over that of the spec; its namespace is its own,
 * else the one of `spec.service`, else that of the APIRule. Undefined when something is wrong with it.
 */
export function resolveService(
  rule: Rule,
  rulePath: string,
  spec: Pick<Spec, "service">,
  apiRuleNamespace: string,
  services: ServiceIndex,
  findings: Findings,
): Destination | undefined {
  const service = rule.service ?? spec.service;
  if (service === undefined) {
    findings.problem(`${rulePath}.service`, NO_SERVICE);
    return undefined;
  }
  const path = rule.service === undefined ? ".spec.service" : `${rulePath}.service`;
  const namespace = rule.service?.namespace ?? spec.service?.namespace ?? apiRuleNamespace;
  const reference = { namespace, name: service.name };
  if (findings.isMisshapen(path) || findings.isMisshapen(".spec.service.namespace")) return undefined;
  const problem = existenceProblem(reference, service.port, services);
  if (problem !== undefined) findings.problem(path, problem);
  return { service: reference, port: service.port };
}

/** Why requests cannot go to a port of a Service; undefined where they can, or where nothing is known of Services. */
export function existenceProblem(
  reference: Destination["service"],
  port: number,
  services: ServiceIndex,
): string | undefined {
  if (services === undefined) return undefined;
  const name = referenceOf(reference);
  const service = services.get(name);
  if (service === undefined) return `Service not found: there is no Service "${name}"`;
  const ports = (service.spec.ports ?? []).map((entry) => entry.port);
  if (ports.includes(port)) return undefined;
  return `Service "${name}" has no port ${port}; it has ${ports.join(", ") || "none"}`;
}

function referenceOf({ namespace, name }: Destination["service"]): string {
  return `${namespace}/${name}`;
}

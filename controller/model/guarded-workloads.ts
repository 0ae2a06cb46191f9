/** Finds the workloads of an APIRule that only the gateways may call. */
import type { ApiRuleDocument } from "./api-rule-document.ts";
import type { GuardedWorkload, Route } from "./exposure.ts";
import { normalised } from "./normal-form.ts";
import type { ServiceIndex } from "./services.ts";

/** The workloads behind the destinations, where the APIRule asks for it; those of Services that are not known are left out. */
export function guardedWorkloads(
  { spec, findings }: ApiRuleDocument,
  destinations: readonly Route["destination"][],
  services: ServiceIndex,
): { guardedWorkloads?: GuardedWorkload[] } {
  if (spec.onlyThroughGateway !== true) return {};
  const references = normalised(
    destinations.map(({ service: { namespace, name } }) => ({ namespace, name })),
  );
  const workloads = references.flatMap(({ namespace, name }) => {
    const service = services?.get(`${namespace}/${name}`);
    if (service === undefined) return [];
    const { selector = {} } = service.spec;
    if (Object.keys(selector).length > 0) return [{ namespace, selector }];
    const message = `Target service label selectors are not defined: Service "${namespace}/${name}" has no selector, so its workload is not known`;
    findings.problem(".spec.onlyThroughGateway", message);
    return [];
  });
  return { guardedWorkloads: normalised(workloads) };
}

/** Decides which APIRule a host belongs to. */
import type { ApiRuleDocument } from "./api-rule-document.ts";
import type { ObjectRef } from "./exposure.ts";
import { ForeignHosts } from "./foreign-hosts.ts";
import { resolveHost } from "./hosts.ts";
import type { Resources } from "./manifests.ts";

/** Who wants a host, and since when. */
export type Claimant = Pick<ApiRuleDocument, "apiRule" | "creationTimestamp">;

/**
 * The effective host of each APIRule that may have it. Of several APIRules that want one host the oldest has it, even
 * while something else is wrong with it; the others get a problem. A host of a VirtualService that belongs to no APIRule is nobody's.
 */
export function claimHosts(
  documents: readonly ApiRuleDocument[],
  { gateways, virtualServices = [] }: Pick<Resources, "gateways" | "virtualServices">,
): ReadonlyMap<ApiRuleDocument, string> {
  const foreign = new ForeignHosts();
  for (const virtualService of virtualServices) foreign.set(virtualService.ref, virtualService);
  const owners = new Map<string, ApiRuleDocument>();
  const hosts = new Map<ApiRuleDocument, string>();
  for (const document of [...documents].sort(byAge)) {
    const host = effectiveHost(document, gateways);
    if (host === undefined) continue;
    const owner = owners.get(host);
    if (owner === undefined) {
      owners.set(host, document);
      if (isFree(document, host, foreign)) hosts.set(document, host);
    } else {
      refuseOccupiedHost(document, host, owner.apiRule);
    }
  }
  return hosts;
}

/** Whether no foreign VirtualService has the host of an APIRule; what is to be said of them is in its findings. */
export function isFree({ spec, findings }: ApiRuleDocument, host: string, foreign: ForeignHosts): boolean {
  return foreign.judge(host, spec.gateway ?? "", findings);
}

/** Notes in the findings of `document` that its host belongs to another APIRule. */
export function refuseOccupiedHost({ findings }: ApiRuleDocument, host: string, owner: ObjectRef): void {
  const message = `Host is occupied by another Virtual Service: ${host} belongs to APIRule ${owner.namespace}/${owner.name}`;
  findings.problem(".spec.hosts[0]", message);
}

/** The host of an APIRule as clients write it; undefined, with the reason in the findings, when it can have none. */
export function effectiveHost(
  document: ApiRuleDocument,
  gateways: Resources["gateways"],
): string | undefined {
  const { apiRule, spec, findings } = document;
  const [host] = spec.hosts ?? [];
  if (spec.externalGateway !== undefined)
    findings.problem(".spec.externalGateway", "externalGateway is not supported; set gateway");
  if (host === undefined || spec.gateway === undefined) return undefined;
  if (findings.problems.some(({ path }) => path === ".spec.hosts[0]" || path === ".spec.gateway"))
    return undefined;
  const resolved = resolveHost(host, spec.gateway, apiRule.namespace, gateways);
  if ("host" in resolved) return resolved.host;
  findings.problem(resolved.path, resolved.problem);
  return undefined;
}

/** Order of claims to a host: the oldest first, then by name. */
export function byAge(a: Claimant, b: Claimant): number {
  return compare(a.creationTimestamp, b.creationTimestamp) || byName(a, b);
}

/** Order of results: by namespace, then by name. */
export function byName(a: Pick<Claimant, "apiRule">, b: Pick<Claimant, "apiRule">): number {
  return compare(a.apiRule.namespace, b.apiRule.namespace) || compare(a.apiRule.name, b.apiRule.name);
}

function compare(a: string, b: string): number {
  if (a === b) return 0;
  return a < b ? -1 : 1;
}

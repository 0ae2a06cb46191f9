/** Decides which APIRule a host belongs to. */
import type { ApiRuleDocument } from "./api-rule-document.ts";
import { type Claimant, ClaimRegistry, type Incumbent } from "./claim-registry.ts";
import type { ObjectRef } from "./exposure.ts";
import { ForeignHosts } from "./foreign-hosts.ts";
import { GatewayPods, type GatewayPodsOptions } from "./gateway-pods.ts";
import { HOST_PATH, noteNeighbours } from "./host-neighbours.ts";
import { type KnownGateways, resolveHost } from "./hosts.ts";
import type { Resources } from "./manifests.ts";

/**
 * The effective host of each APIRule that may have it. Of several APIRules that want one host the incumbent has it, else
 * the oldest, even while something else is wrong with it; the others get a problem. A host of a VirtualService that
 * belongs to no APIRule is nobody's.
 */
export function claimHosts(
  documents: readonly ApiRuleDocument[],
  {
    virtualServices = [],
    incumbents = [],
    gatewayPods,
    ...known
  }: KnownGateways & ServingSurroundings & Pick<Resources, "virtualServices">,
): ReadonlyMap<ApiRuleDocument, string> {
  const foreign = new ForeignHosts();
  for (const virtualService of virtualServices) foreign.set(virtualService.ref, virtualService);
  const claims = new ClaimRegistry();
  const pods = new GatewayPods(known.gateways, gatewayPods);
  const wanted = documents.map((document) => ({ document, host: effectiveHost(document, known) }));
  for (const { document, host } of wanted) claims.claim(keyOf(document.apiRule), claimantOf(document), host);
  for (const incumbent of incumbents) claims.setIncumbent(keyOf(incumbent.apiRule), incumbent);
  return new Map(
    wanted.flatMap(({ document, host }) =>
      host !== undefined && mayHave(document, host, { claims, foreign, pods }) ? [[document, host]] : [],
    ),
  );
}

/** What is known besides resources of where hosts are served. */
export interface ServingSurroundings {
  /** What APIRules have at gateways now. */
  incumbents?: readonly Incumbent[];
  gatewayPods?: GatewayPodsOptions;
}

/** Who has which hosts, and where. */
export interface HostOwners {
  claims: ClaimRegistry;
  foreign: ForeignHosts;
  pods: GatewayPods;
}

/** An APIRule as it claims its host. */
export function claimantOf({ apiRule, creationTimestamp, spec: { gateway } }: ApiRuleDocument): Claimant {
  return { apiRule, creationTimestamp, gateway };
}

/** Whether an APIRule may have the host that it claims; what is to be said of others with such hosts is in its findings. */
export function mayHave(
  document: ApiRuleDocument,
  host: string,
  { claims, foreign, pods }: HostOwners,
): boolean {
  const { apiRule, spec, findings } = document;
  const site = { gateway: spec.gateway ?? "", pods };
  const owner = claims.ownerOf(host, site);
  if (owner !== undefined && keyOf(owner) !== keyOf(apiRule)) {
    refuseOccupiedHost(document, host, owner);
    return false;
  }
  if (!foreign.judge(host, site, findings)) return false;
  noteNeighbours(host, site, claims, findings);
  return true;
}

/** Notes in the findings of `document` that its host belongs to another APIRule. */
function refuseOccupiedHost({ findings }: ApiRuleDocument, host: string, owner: ObjectRef): void {
  const message = `Host is occupied by another Virtual Service: ${host} belongs to APIRule ${owner.namespace}/${owner.name}`;
  findings.problem(HOST_PATH, message);
}

/** The host of an APIRule as clients write it; undefined, with the reason in the findings, when it can have none. */
export function effectiveHost(document: ApiRuleDocument, known: KnownGateways): string | undefined {
  const { apiRule, spec, findings } = document;
  const [host] = spec.hosts ?? [];
  if (spec.externalGateway !== undefined)
    findings.problem(".spec.externalGateway", "externalGateway is not supported; set gateway");
  if (host === undefined || spec.gateway === undefined) return undefined;
  if (findings.isMisshapen(HOST_PATH) || findings.isMisshapen(".spec.gateway")) return undefined;
  const resolved = resolveHost(host, spec.gateway, apiRule.namespace, known);
  if ("host" in resolved) return resolved.host;
  findings.problem(resolved.path, resolved.problem);
  return undefined;
}

function keyOf({ namespace, name }: ObjectRef): string {
  return `${namespace}/${name}`;
}

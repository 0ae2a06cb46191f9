/** Whom workloads see when a gateway calls them. */
import { gatewayPrincipal } from "../render/istio/workload-guard.ts";
import type { FindGateways } from "./gateway-addresses.ts";
import { trustDomainIn } from "./mesh-config.ts";
import type { Workloads } from "./workloads.ts";

export interface GatewayIdentitiesOptions {
  workloads: Workloads;
  findGateways: FindGateways;
  /** Namespace of the gateway workloads. */
  namespace: string;
  /** YAML of the mesh configuration; undefined where it is not known. */
  mesh: () => string | undefined;
}

/** Reads the identities of gateways off their pods. */
export class GatewayIdentities {
  readonly #options: GatewayIdentitiesOptions;

  constructor(options: GatewayIdentitiesOptions) {
    this.#options = options;
  }

  /** The principals of the pods of a workload, sorted; empty while none is ready. Rejects when that cannot be told. */
  async of(workload: string, signal: AbortSignal): Promise<string[]> {
    const { workloads, findGateways, namespace, mesh } = this.#options;
    const pods = await findGateways(workloads.selectorOf(workload), signal);
    const accounts = new Set(pods.flatMap(({ serviceAccount }) => serviceAccount ?? []));
    return [...accounts].sort().map((account) => gatewayPrincipal(namespace, account, trustDomainIn(mesh())));
  }
}

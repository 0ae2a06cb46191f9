/** A real cluster with the controller in it as it is deployed, for very many APIRules. */
import { join } from "node:path";
import type { KubernetesObject } from "../../../controller/api/resources.ts";
import { API_RULES } from "../../../controller/cluster/resource-types.ts";
import { ApiClient } from "../../../controller/kube/api-client.ts";
import { loadClusterAccess } from "../../../controller/kube/credentials.ts";
import { packageRoot } from "../../../controller/standalone/installation.ts";
import { type Issuer, startIssuer } from "../../../tools/demo/issuer.ts";
import { startUpstream } from "../../../tools/demo/upstream.ts";
import { type ControlPlane, startControlPlane } from "../../cluster/environment/control-plane.ts";
import { loopbackService } from "../../cluster/environment/objects.ts";
import { type Replica, startReplica } from "../../cluster/support/replica.ts";
import { type Client, openClient } from "../../support/client.ts";
import { eventually } from "../../support/eventually.ts";
import { GATEWAY_NAMESPACE, gateways, NAMESPACES } from "./api-rules.ts";

export interface ScaleCluster {
  readonly controlPlane: ControlPlane;
  readonly issuer: Issuer;
  /** As the administrator. */
  readonly api: ApiClient;
  /** For requests to the gateway. */
  readonly client: Client;
  /** Starts the controller with the rights of its ServiceAccount. */
  startController(): Promise<Replica>;
  stop(): Promise<void>;
}

const CRD_WITHIN_MS = 10_000;
const SERVICE_ACCOUNT = { namespace: "tollgate-system", name: "tollgate" };

/** Starts everything but the controller. */
export async function startScaleCluster(onProgress: (message: string) => void): Promise<ScaleCluster> {
  const [issuer, upstream] = await Promise.all([startIssuer(), startUpstream()]);
  const controlPlane = await startControlPlane({ onProgress });
  const { kubectl, kubeconfig, kubeconfigOf, gateway, ports } = controlPlane;
  await kubectl("apply", "--server-side", "-k", join(packageRoot(), "deploy"));
  await kubectl.apply([
    ...[GATEWAY_NAMESPACE, ...NAMESPACES].map(namespace),
    ...gateways(ports.gateway, () => ({ istio: "ingressgateway" })),
    ...loopbackService({ name: "echo", port: 80, targetPort: upstream.port }),
  ]);
  const api = new ApiClient(loadClusterAccess(kubeconfig));
  await eventually(async () => void (await api.request({ method: "GET", path: LIST_PATH })), CRD_WITHIN_MS);
  const client = openClient(gateway.url);
  return {
    ...{ controlPlane, issuer, api, client },
    startController: async () =>
      startReplica(controlPlane, {
        port: ports.controller,
        kubeconfig: await kubeconfigOf(SERVICE_ACCOUNT),
      }),
    stop: async () => {
      client.close();
      api.close();
      await controlPlane.stop();
      await upstream.close();
      await issuer.close();
    },
  };
}

const LIST_PATH = `/apis/${API_RULES.group}/${API_RULES.version}/${API_RULES.plural}`;
const PAGE_SIZE = 500;

/** All APIRules as the API server has them. */
export async function listApiRules(api: ApiClient): Promise<KubernetesObject[]> {
  const all: KubernetesObject[] = [];
  let next: string | undefined;
  do {
    const page: { items: KubernetesObject[]; metadata: { continue?: string } } = await api.request({
      method: "GET",
      path: LIST_PATH,
      query: { limit: PAGE_SIZE, continue: next },
    });
    all.push(...page.items);
    next = page.metadata.continue || undefined;
  } while (next !== undefined);
  return all;
}

/** Does the work of every item, so many at the same time. */
export async function inParallel<Item>(
  items: readonly Item[],
  concurrency: number,
  work: (item: Item) => Promise<unknown>,
): Promise<void> {
  const rest = items.values();
  const worker = async () => {
    for (const item of rest) await work(item);
  };
  await Promise.all(Array.from({ length: concurrency }, worker));
}

function namespace(name: string): object {
  return { apiVersion: "v1", kind: "Namespace", metadata: { name } };
}

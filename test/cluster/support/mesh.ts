/** Istio's mesh configuration in the cluster of a test. */
import { parse, stringify } from "yaml";
import type { Authorizers } from "../../support/authorizer.ts";
import { ISTIO_NAMESPACE } from "../environment/istio-objects.ts";
import { loopbackService } from "../environment/objects.ts";
import type { Cluster } from "./cluster.ts";

/** Sets members of the mesh configuration; the others stay as they are. */
export async function configureMesh(cluster: Cluster, members: object): Promise<void> {
  const configMap = await cluster.read("configmap", "istio", ISTIO_NAMESPACE);
  const { mesh } = (configMap as { data?: { mesh: string } } | undefined)?.data ?? {};
  await cluster.apply({
    apiVersion: "v1",
    kind: "ConfigMap",
    metadata: { name: "istio", namespace: ISTIO_NAMESPACE },
    data: { mesh: stringify({ ...parse(mesh ?? ""), ...members }) },
  });
}

/** Makes authorizers known to the cluster, as Services and as extension providers. */
export async function addAuthorizers(
  cluster: Cluster,
  { services, extensionProviders }: Authorizers,
): Promise<void> {
  const objects = services.flatMap(({ name, port }) => loopbackService({ name, port: 80, targetPort: port }));
  await cluster.apply(...objects);
  await configureMesh(cluster, { extensionProviders });
}

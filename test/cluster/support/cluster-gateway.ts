/** The conformance gateway as a cluster runs it: API server, `tollgate controller`, istiod, agent and Envoy. */
import type { KubernetesObject } from "../../../controller/api/resources.ts";
import type { Gateway } from "../../conformance/gateway.ts";
import type { Authorizers } from "../../support/authorizer.ts";
import { openClient } from "../../support/client.ts";
import { startCluster } from "./cluster.ts";
import { addAuthorizers } from "./mesh.ts";
import { type Normalization, normalizePaths } from "./path-normalization.ts";
import { startReplica } from "./replica.ts";

/** A running gateway. Its `apply` resolves once the controller has observed that everything is enforced. */
export interface ClusterGateway extends Gateway {
  /** Sets how strongly the mesh normalises paths; requests sent from now on are treated so. */
  normalizePaths(normalization: Normalization): Promise<void>;
  stop(): Promise<void>;
}

const ENFORCED_WITHIN_SECONDS = 60;

/** Starts a gateway that enforces these APIRules of namespace `default`, with the objects that they name. */
export async function startClusterGateway(
  manifests: object[],
  authorizers: Authorizers,
): Promise<ClusterGateway> {
  const cluster = await startCluster();
  const { controlPlane } = cluster;
  let client = openClient(controlPlane.gateway.url);
  let applied = new Set<string>();

  const apply = async (manifests: object[]) => {
    await cluster.apply(...manifests);
    const names = new Set(manifests.flatMap(apiRuleName));
    for (const name of applied) if (!names.has(name)) await cluster.remove(name);
    applied = names;
    await controlPlane.kubectl(
      ...["wait", "apirule", "--all", "--for=condition=Enforced"],
      `--timeout=${ENFORCED_WITHIN_SECONDS}s`,
    );
  };
  const stop = async () => {
    client.close();
    await cluster.stop();
  };
  try {
    await addAuthorizers(cluster, authorizers);
    await startReplica(controlPlane, { relayPort: controlPlane.ports.relay });
    await apply(manifests);
    return {
      apply,
      send: (request) => client.send(request),
      async normalizePaths(normalization) {
        await normalizePaths(cluster, normalization);
        client.close();
        client = openClient(controlPlane.gateway.url);
      },
      stop,
    };
  } catch (error) {
    await stop();
    throw error;
  }
}

function apiRuleName(manifest: object): string[] {
  const { kind, metadata } = manifest as KubernetesObject;
  return kind === "APIRule" ? [metadata.name] : [];
}

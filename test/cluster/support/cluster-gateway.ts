/** The conformance gateway as a cluster runs it: API server, `tollgate controller`, istiod, agent and Envoy. */
import type { Gateway } from "../../conformance/gateway.ts";
import { openClient } from "../../support/client.ts";
import { startCluster } from "./cluster.ts";
import { type Normalization, normalizePaths } from "./path-normalization.ts";
import { startReplica } from "./replica.ts";

/** A running gateway. Its `apply` resolves once the controller has observed that everything is enforced. */
export interface ClusterGateway extends Gateway {
  /** Sets how strongly the mesh normalises paths; requests sent from now on are treated so. */
  normalizePaths(normalization: Normalization): Promise<void>;
  stop(): Promise<void>;
}

const ENFORCED_WITHIN_SECONDS = 60;

/** Starts a gateway that enforces these APIRules of namespace `default`. */
export async function startClusterGateway(apiRules: object[]): Promise<ClusterGateway> {
  const cluster = await startCluster();
  const { controlPlane } = cluster;
  let client = openClient(controlPlane.gateway.url);
  let applied = new Set<string>();

  const apply = async (manifests: object[]) => {
    await cluster.apply(...manifests);
    const names = new Set(manifests.map(nameOf));
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
    await startReplica(controlPlane, { port: controlPlane.ports.controller });
    await apply(apiRules);
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

function nameOf(manifest: object): string {
  return (manifest as { metadata: { name: string } }).metadata.name;
}

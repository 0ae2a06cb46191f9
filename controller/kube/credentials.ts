/** How to reach the API server and who to be there. */
import type { RequestOptions } from "node:https";
import { KubeConfig } from "@kubernetes/client-node";
import { ControllerError, messageOf } from "../errors.ts";

/** What a request to the API server carries beside its content. */
export type Credentials = Pick<
  RequestOptions,
  "ca" | "cert" | "key" | "passphrase" | "rejectUnauthorized" | "servername" | "auth" | "headers"
>;

/** A cluster as a kubeconfig file or the Pod's service account describes it. */
export interface ClusterAccess {
  /** Base URL of the API server. */
  server: string;
  /** Reads the credentials, which change when a token is renewed. */
  credentials(): Promise<Credentials>;
}

/**
 * Finds the cluster: `file`, else `$KUBECONFIG`, else the service account of the Pod, else `~/.kube/config`.
 *
 * @throws ControllerError `config_invalid` when there is none
 */
export function loadClusterAccess(file?: string): ClusterAccess {
  const config = new KubeConfig();
  try {
    if (file === undefined) config.loadFromDefault();
    else config.loadFromFile(file);
  } catch (error) {
    throw new ControllerError("config_invalid", `the kubeconfig cannot be read: ${messageOf(error)}`, {
      cause: error,
    });
  }
  const server = config.getCurrentCluster()?.server;
  if (server === undefined) {
    throw new ControllerError("config_invalid", "no cluster is known; name a kubeconfig with --kubeconfig");
  }
  return {
    server,
    credentials: async () => {
      const options: RequestOptions = {};
      await config.applyToHTTPSOptions(options);
      const { agent: _, ...credentials } = options;
      return credentials;
    },
  };
}

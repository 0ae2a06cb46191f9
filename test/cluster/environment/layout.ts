import { join } from "node:path";
import type { Binaries } from "./binaries.ts";
import type { Ports } from "./ports.ts";

/** What the parts of one environment have in common. */
export interface Layout {
  /** Folder that holds all its files. Its path is absolute. */
  folder: string;
  ports: Ports;
  binaries: Binaries;
  /** Path of the Envoy to run. */
  envoy: string;
}

/** Files of the environment that several parts use. */
export function filesOf({ folder }: Pick<Layout, "folder">) {
  return {
    /** For kubectl and every client, with all rights. */
    kubeconfig: join(folder, "kubeconfig"),
    apiServerCertificate: join(folder, "api-server", "apiserver.crt"),
    serviceAccountKey: join(folder, "service-account.key"),
    serviceAccountPublicKey: join(folder, "service-account.pub"),
    /** Static bearer tokens that the API server knows. */
    tokens: join(folder, "tokens.csv"),
  };
}

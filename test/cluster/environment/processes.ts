/**
 * Finds and ends the processes of an environment by a marker in the variables that they were started with. It needs no
 * record of them, and so none is missing when whoever started them has been killed. Linux only.
 */
import { readdir, readFile } from "node:fs/promises";
import { setTimeout as delay } from "node:timers/promises";
import { StepError } from "../../../tools/setup/step.ts";
import { holdsWithin } from "./wait.ts";

/** In the order in which they are stopped: an API server whose etcd is gone would not end when asked. */
export const PART_NAMES = [
  "controller",
  "sample",
  "registry",
  "certificate-agent",
  "sidecar",
  "gateway",
  "istiod",
  "controller-manager",
  "api-server",
  "etcd",
] as const;

export type PartName = (typeof PART_NAMES)[number];

/** Which environment a process belongs to. */
export interface Marker {
  /** Folder of the environment. */
  folder: string;
  part: PartName;
}

const KILLED_WITHIN_MS = 10_000;
const SECOND_LOOK_AFTER_MS = 20;
const FOLDER = "TOLLGATE_CLUSTER";
const PART = "TOLLGATE_CLUSTER_PART";

/** The variables that mark a process. Whatever it starts in turn inherits them. */
export function markerVariables({ folder, part }: Marker): Record<string, string> {
  return { [FOLDER]: folder, [PART]: part };
}

/** The processes of an environment, or of one part of it. */
export async function findMarked(wanted: { folder: string; part?: PartName }): Promise<number[]> {
  const lines = Object.entries({ [FOLDER]: wanted.folder, ...(wanted.part && { [PART]: wanted.part }) }).map(
    ([name, value]) => `${name}=${value}`,
  );
  const pids = (await readdir("/proc")).filter((name) => /^\d+$/.test(name)).map(Number);
  const matches = await Promise.all(
    pids.map(async (pid) => {
      if (pid === process.pid) return false;
      const variables = (await readFile(`/proc/${pid}/environ`, "utf8").catch(() => "")).split("\0");
      return lines.every((line) => variables.includes(line));
    }),
  );
  return pids.filter((_, index) => matches[index]);
}

/**
 * Asks the processes of a part to end, and ends those that have not after `graceMs`; those of 0 ms at once. Their ports
 * are free then.
 * @throws StepError when even that does not end them
 */
export async function endProcesses(marker: Marker, graceMs: number): Promise<void> {
  const found = new Set<string>();
  const signal = async (name: NodeJS.Signals) => {
    const pids = await findMarked(marker);
    for (const identity of await Promise.all(pids.map(processIdentity))) if (identity) found.add(identity);
    sendSignal(pids, name);
  };
  const haveEnded = async () =>
    (await noneLeft(marker)) && !(await Promise.all([...found].map(isRunning))).includes(true);
  if (graceMs > 0) {
    await signal("SIGTERM");
    if (await holdsWithin(graceMs, haveEnded)) return;
  }
  const ended = await holdsWithin(KILLED_WITHIN_MS, async () => {
    await signal("SIGKILL");
    return haveEnded();
  });
  if (!ended) throw new StepError(`${marker.part} cannot be ended: ${[...found].join(", ")}`);
}

/** Looks twice, because a process shows no variables for a moment while it starts a program. */
async function noneLeft(marker: Marker): Promise<boolean> {
  if ((await findMarked(marker)).length > 0) return false;
  await delay(SECOND_LOOK_AFTER_MS);
  return (await findMarked(marker)).length === 0;
}

/** Signals processes, of which some may have ended. */
export function sendSignal(pids: readonly number[], signal: NodeJS.Signals): void {
  for (const pid of pids) {
    try {
      process.kill(pid, signal);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== "ESRCH") throw error;
    }
  }
}

/**
 * Tells a process from every other one, earlier and later ones with its number included. Undefined for a process that
 * has ended.
 */
export async function processIdentity(pid: number): Promise<string | undefined> {
  const status = await readFile(`/proc/${pid}/stat`, "utf8").catch(() => undefined);
  const fields = status?.slice(status.lastIndexOf(")") + 2).split(" ") ?? [];
  const [state] = fields;
  const threads = Number(fields[17]);
  const startTime = fields[19];
  // Without variables already, a process that ends holds its ports until its last thread has ended.
  const hasEnded = state === "Z" && threads <= 1;
  return hasEnded || startTime === undefined ? undefined : `${pid}@${startTime}`;
}

/** Whether the process that `processIdentity` named still runs. */
export async function isRunning(identity: string): Promise<boolean> {
  return (await processIdentity(Number.parseInt(identity, 10))) === identity;
}

/** Looks at the child processes of a process. Linux only. */
import { readdir, readFile } from "node:fs/promises";

/** A process as `/proc` tells it. */
export interface ProcessInfo {
  pid: number;
  /** Resident memory. */
  residentBytes: number;
}

/** The processes that `parent` has started and that still run. */
export async function childrenOf(parent: number): Promise<ProcessInfo[]> {
  const pids = (await readdir("/proc")).filter((name) => /^\d+$/.test(name)).map(Number);
  const statuses = await Promise.all(
    pids.map(async (pid) => ({ pid, status: await readFile(`/proc/${pid}/status`, "utf8").catch(() => "") })),
  );
  return statuses
    .filter(({ status }) => numberOf(status, "PPid") === parent)
    .map(({ pid, status }) => ({ pid, residentBytes: numberOf(status, "VmRSS") * 1024 }));
}

function numberOf(status: string, field: string): number {
  return Number(new RegExp(`^${field}:\\s+(\\d+)`, "m").exec(status)?.[1] ?? 0);
}

/** CPU time of another process, read from the Linux scheduler. */
import { readdirSync, readFileSync } from "node:fs";

/**
 * Nanoseconds of CPU (user and system) that the process has used so far, over all its living threads.
 * `schedstat` counts in nanoseconds, where `utime` and `stime` of `/proc/PID/stat` count in ticks of 10 ms.
 */
export function cpuNanoseconds(pid: number): number {
  const tasks = `/proc/${pid}/task`;
  return readdirSync(tasks)
    .map((thread) => Number(readFileSync(`${tasks}/${thread}/schedstat`, "latin1").split(" ")[0]))
    .reduce((sum, nanoseconds) => sum + nanoseconds, 0);
}

/** What another process takes of the machine. Linux only. */
import { readFileSync } from "node:fs";

const MEBIBYTE_IN_KIBIBYTES = 1_024;

/** Memory that a process has in RAM, in MiB. */
export interface Memory {
  now: number;
  /** The most that it ever had. */
  peak: number;
}

/** Reads `VmRSS` and `VmHWM` (proc(5)). */
export function memoryOf(pid: number): Memory {
  const status = readFileSync(`/proc/${pid}/status`, "utf8");
  const kibibytes = (name: string) => Number(new RegExp(`^${name}:\\s+(\\d+) kB`, "m").exec(status)?.[1]);
  return {
    now: kibibytes("VmRSS") / MEBIBYTE_IN_KIBIBYTES,
    peak: kibibytes("VmHWM") / MEBIBYTE_IN_KIBIBYTES,
  };
}

import { spawnSync } from "node:child_process";

const PROGRAM = "setpriv";
const OPTION = "--pdeathsig";

let available: boolean | undefined;

/**
 * The command line with which a program gets the signal once this thread has ended, however that happens. Where the
 * machine has no setpriv (util-linux), the program's own command line.
 */
export function endWithThisThread(
  signal: "TERM" | "KILL",
  ...command: [string, ...string[]]
): [string, ...string[]] {
  available ??= spawnSync(PROGRAM, [OPTION, "TERM", "true"], { stdio: "ignore" }).status === 0;
  return available ? [PROGRAM, OPTION, signal, ...command] : command;
}

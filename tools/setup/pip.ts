import { spawnSync } from "node:child_process";
import { join } from "node:path";
import { runCommand } from "./run-command.ts";
import { announce } from "./step.ts";

/** A command line, without the arguments of the call. */
export type Command = readonly [string, ...string[]];

/**
 * Finds a pip: that of `python3`, else one in a virtual environment made for this project below `cache`.
 * Undefined when Python 3 is missing, or comes without pip and cannot make such an environment.
 */
export async function findPip(cache: string): Promise<Command | undefined> {
  const own: Command = ["python3", "-m", "pip"];
  if (works(own)) return own;
  const environment = join(cache, "python");
  const inEnvironment: Command = [join(environment, "bin", "python3"), "-m", "pip"];
  if (works(inEnvironment)) return inEnvironment;
  announce("setup", "python3 has no pip; making a virtual environment for it");
  await runCommand("python3", ["-m", "venv", environment]);
  return works(inEnvironment) ? inEnvironment : undefined;
}

function works([command, ...prefix]: Command): boolean {
  return spawnSync(command, [...prefix, "--version"], { stdio: "ignore" }).status === 0;
}

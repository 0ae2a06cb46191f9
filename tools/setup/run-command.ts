import { spawn } from "node:child_process";

/**
 * Runs a command with its output on standard error, so that the progress of a long step is seen.
 *
 * @returns the exit code; 127 when the command cannot be started, 128 when a signal ended it.
 */
export function runCommand(
  command: string,
  commandArguments: readonly string[],
  environment: NodeJS.ProcessEnv = process.env,
): Promise<number> {
  return new Promise((resolve) => {
    const child = spawn(command, commandArguments, { stdio: ["ignore", 2, 2], env: environment });
    child.once("error", () => resolve(127));
    child.once("exit", (code) => resolve(code ?? 128));
  });
}

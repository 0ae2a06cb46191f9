import { ControllerError } from "../errors.ts";

/**
 * Runs a command until it ends or the process gets SIGINT or SIGTERM, which abort the signal that it is given. A
 * `ControllerError` is told on standard error.
 *
 * @returns the exit code
 */
export async function runUntilSignal(command: (signal: AbortSignal) => Promise<void>): Promise<number> {
  const ended = new AbortController();
  const end = () => ended.abort();
  process.once("SIGINT", end).once("SIGTERM", end);
  try {
    await command(ended.signal);
    return 0;
  } catch (error) {
    if (!(error instanceof ControllerError)) throw error;
    process.stderr.write(`error: ${error.message}\n`);
    return 1;
  } finally {
    process.removeListener("SIGINT", end).removeListener("SIGTERM", end);
  }
}

/** Prints one line about what a script is doing, on standard error: the standard output is for results. */
export function announce(script: string, message: string): void {
  process.stderr.write(`${script.padEnd(8)} ${message}\n`);
}

/** A failure whose message is all that the user needs; printed without a stack. */
export class StepError extends Error {
  override readonly name = "StepError";
}

/** Runs a script's main function; a failure is printed and ends the process with exit code 1. */
export async function runScript(main: () => Promise<void>): Promise<void> {
  try {
    await main();
  } catch (error) {
    const message =
      error instanceof StepError ? error.message : error instanceof Error ? error.stack : String(error);
    process.stderr.write(`error: ${message}\n`);
    process.exitCode = 1;
  }
}

/** Runs a command of the program inside a test. */
import type { Command } from "commander";
import type { CommandIo } from "./command-io.ts";

export interface Outcome {
  stdout: string;
  stderr: string;
  exitCode: number | undefined;
}

/** What a command prints, and its exit code. */
export async function runCommand(
  create: (io: CommandIo) => Command,
  args: readonly string[],
  stdin = "",
): Promise<Outcome> {
  const outcome: Outcome = { stdout: "", stderr: "", exitCode: undefined };
  const command = create({
    stdin: async () => stdin,
    stdout: (text) => {
      outcome.stdout += text;
    },
    stderr: (text) => {
      outcome.stderr += text;
    },
    setExitCode: (code) => {
      outcome.exitCode = code;
    },
  });
  await command.parseAsync(args, { from: "user" });
  return outcome;
}

import { execFile } from "node:child_process";
import { join } from "node:path";
import { promisify } from "node:util";
import { StepError } from "../../../tools/setup/step.ts";

/** Folder of the Go module that pins the sources of the control plane. */
export const GO_MODULE = join(import.meta.dirname, "go");

/** Go is not installed, or cannot build the control plane. The message says what to do. */
export class GoMissing extends StepError {}

/**
 * Makes sure that there is a Go that can build the module.
 * @throws GoMissing
 */
export async function requireGo(): Promise<void> {
  try {
    await queryGo(["env", "GOVERSION"]);
  } catch (error) {
    throw new GoMissing(`The control plane is built with Go >= 1.26, ${whatIsWrong(error)}.`);
  }
}

function whatIsWrong(error: unknown): string {
  const { code, stderr } = error as { code?: unknown; stderr?: string };
  return code === "ENOENT" ? "which is not on the PATH" : `which this one is not: ${stderr?.trim() || error}`;
}

/** What a go command that only looks something up prints. */
export async function queryGo(goArguments: string[]): Promise<string> {
  const { stdout } = await promisify(execFile)("go", goArguments, { cwd: GO_MODULE });
  return stdout.trim();
}

/** What a command has of its process. */
import { text } from "node:stream/consumers";

/** The streams of a command, and its exit code. */
export interface CommandIo {
  stdin(): Promise<string>;
  stdout(text: string): void;
  stderr(text: string): void;
  setExitCode(code: number): void;
}

export const processIo: CommandIo = {
  stdin: () => text(process.stdin),
  stdout: (chunk) => process.stdout.write(chunk),
  stderr: (chunk) => process.stderr.write(chunk),
  setExitCode: (code) => {
    process.exitCode = code;
  },
};

/** Each line, closed. */
export function asLines(lines: readonly string[]): string {
  return lines.map((line) => `${line}\n`).join("");
}

/** Runs `tollgate standalone` as a child process. */
import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { createInterface } from "node:readline";
import type { Readable } from "node:stream";

const PROGRAM = join(import.meta.dirname, "..", "..", "bin", "tollgate.mjs");
const READY_LINE = /^ready (http:\/\/\S+) admin (http:\/\/\S+)$/;

export interface StandaloneOptions {
  configFolder: string;
  port: number;
  adminPort: number;
  /** Path of Envoy's access log; absent: none is written. */
  accessLog?: string;
  /** Gets each line of the standard error. */
  onLog: (line: string) => void;
}

/** A gateway that serves requests. */
export interface Standalone {
  /** Address of the gateway, as its ready line says. */
  readonly url: string;
  readonly adminUrl: string;
  readonly pid: number;
  /** Resolves when the process has ended, for whatever reason; `reason` says how. */
  readonly ended: Promise<{ reason: string }>;
  /** Ends the process as Ctrl-C does and waits for it. */
  stop(): Promise<void>;
}

/**
 * Starts `tollgate standalone` and waits for its ready line.
 * @throws Error when the process ends before
 */
export async function startStandalone(options: StandaloneOptions): Promise<Standalone> {
  const { configFolder, port, adminPort, accessLog } = options;
  const flags = ["--config", configFolder, "--port", `${port}`, "--admin-port", `${adminPort}`];
  if (accessLog !== undefined) flags.push("--access-log", accessLog);
  const [command, ...words] = endingWithThisProcess(process.execPath, PROGRAM, "standalone", ...flags);
  const child = spawn(command, words, { stdio: ["ignore", "pipe", "pipe"], detached: true });
  const endWithParent = () => child.kill();
  process.once("exit", endWithParent);
  const ended = awaitEnd(child).finally(() => process.off("exit", endWithParent));
  createInterface(child.stderr).on("line", options.onLog);

  const ready = await Promise.race([awaitReadyLine(child.stdout), ended]);
  if ("reason" in ready) throw new Error(`tollgate standalone ${ready.reason} before it was ready`);
  return {
    ...ready,
    pid: child.pid ?? 0,
    ended,
    async stop() {
      child.kill("SIGINT");
      await ended;
    },
  };
}

/** The command line with which the kernel ends a program together with this process (Linux with util-linux). */
function endingWithThisProcess(...command: [string, ...string[]]): [string, ...string[]] {
  const prefix: [string, ...string[]] = ["setpriv", "--pdeathsig", "TERM"];
  const works = spawnSync(prefix[0], [...prefix.slice(1), "true"], { stdio: "ignore" }).status === 0;
  return works ? [...prefix, ...command] : command;
}

async function awaitEnd(child: ChildProcess): Promise<{ reason: string }> {
  const [code, signal] = (await once(child, "close")) as [number | null, string | null];
  return { reason: signal === null ? `exited with code ${code}` : `was ended by ${signal}` };
}

function awaitReadyLine(stdout: Readable): Promise<{ url: string; adminUrl: string }> {
  return new Promise((resolve) => {
    createInterface(stdout).on("line", (line) => {
      const [, url, adminUrl] = READY_LINE.exec(line) ?? [];
      if (url !== undefined && adminUrl !== undefined) resolve({ url, adminUrl });
    });
  });
}

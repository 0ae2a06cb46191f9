import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import { setTimeout as delay } from "node:timers/promises";
import { ControllerError, messageOf } from "../errors.ts";
import type { Logger } from "../log.ts";

/** How Envoy is started. */
export interface EnvoyProcessOptions {
  binary: string;
  bootstrapFile: string;
  /** Worker threads; absent: one for each hardware thread. */
  concurrency?: number;
  log: Logger;
}

const STOP_TIMEOUT_MS = 3_000;
const KEPT_MESSAGES = 20;
const LOG_FORMAT = "%l %v";
const LEVELS: Readonly<Record<string, "warn" | "error" | "fatal">> = {
  warning: "warn",
  error: "error",
  critical: "fatal",
};

/** A running Envoy. It does not outlive this process, however that ends. */
export class EnvoyProcess {
  /** Settles when Envoy has ended, with the reason. */
  readonly ended: Promise<ControllerError>;
  readonly #child: ChildProcess;
  readonly #killOnExit: () => void;
  readonly #messages: string[] = [];
  #stopping = false;

  constructor({ binary, bootstrapFile, concurrency, log }: EnvoyProcessOptions) {
    const [command = binary, ...prefix] = [...deathSignalCommand(), binary];
    this.#child = spawn(
      command,
      [
        ...prefix,
        ...["--config-path", bootstrapFile],
        ...["--disable-hot-restart", "--log-level", "warning", "--log-format", LOG_FORMAT],
        ...(concurrency === undefined ? [] : ["--concurrency", String(concurrency)]),
      ],
      { stdio: ["ignore", "ignore", "pipe"], detached: true },
    );
    this.#killOnExit = () => this.#child.kill("SIGKILL");
    process.once("exit", this.#killOnExit);
    this.ended = this.#watchEnd();
    this.#forwardLog(log);
  }

  /** Asks Envoy to end, and makes it end when it does not within 3 s. */
  async stop(): Promise<void> {
    this.#stopping = true;
    this.#child.kill("SIGTERM");
    const timeout = new AbortController();
    const kill = delay(STOP_TIMEOUT_MS, undefined, { signal: timeout.signal }).then(
      () => this.#child.kill("SIGKILL"),
      () => {},
    );
    await this.ended;
    timeout.abort();
    await kill;
  }

  /** The failure to open a socket, when Envoy has logged one. */
  bindFailure(): ControllerError | undefined {
    const socket = this.#messages.map((message) => /cannot bind '([^']+):(\d+)'/.exec(message)).find(Boolean);
    if (!socket) return undefined;
    const [, address, port] = socket;
    return new ControllerError("port_taken", `port ${port} of ${address} is taken by another process`);
  }

  async #watchEnd(): Promise<ControllerError> {
    try {
      const [code, signal] = (await once(this.#child, "close")) as [number | null, string | null];
      const how = signal ? `was ended by ${signal}` : `ended with exit code ${code}`;
      const why = this.#messages.at(-1);
      return (
        this.bindFailure() ?? new ControllerError("envoy_failed", `Envoy ${how}${why ? `: ${why}` : ""}`)
      );
    } catch (error) {
      return new ControllerError("envoy_failed", `Envoy could not be started: ${messageOf(error)}`, {
        cause: error,
      });
    } finally {
      process.removeListener("exit", this.#killOnExit);
    }
  }

  #forwardLog(log: Logger): void {
    if (!this.#child.stderr) return;
    const envoyLog = log.child({ source: "envoy" });
    createInterface({ input: this.#child.stderr }).on("line", (line) => {
      const [, word = "", text = line] = /^(warning|error|critical) (.*)$/.exec(line) ?? [];
      this.#messages.push(text);
      this.#messages.splice(0, this.#messages.length - KEPT_MESSAGES);
      envoyLog[this.#stopping ? "debug" : (LEVELS[word] ?? "warn")](text);
    });
  }
}

/** What makes the kernel end Envoy with this process, in front of Envoy's command line (Linux only). */
function deathSignalCommand(): string[] {
  const program = "setpriv";
  const options = ["--pdeathsig", "TERM"];
  const works = spawnSync(program, [...options, "true"], { stdio: "ignore" }).status === 0;
  return works ? [program, ...options] : [];
}

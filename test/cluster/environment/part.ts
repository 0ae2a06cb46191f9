import { type ChildProcess, spawn } from "node:child_process";
import { closeSync, openSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { messageOf } from "../../../controller/errors.ts";
import { StepError } from "../../../tools/setup/step.ts";
import { endWithThisThread } from "./death-signal.ts";
import { endProcesses, findMarked, markerVariables, type PartName, sendSignal } from "./processes.ts";
import { holdsWithin } from "./wait.ts";

/** A program and how to run it. */
interface Command {
  program: string;
  arguments: string[];
  /** Added to the variables of this process. */
  environment?: Record<string, string>;
  /** Working folder; default: that of the environment. */
  folder?: string;
}

/** What is particular to a part. */
export interface PartDefinition {
  name: PartName;
  /** Writes what the program reads; called before each start. */
  prepare?(): Promise<void>;
  command(): Command;
  /** Asks the running program whether it does its work. */
  isReady(): Promise<boolean>;
  /** What it gets when its owner ends unexpectedly; default KILL. TERM for one that has processes of its own to end. */
  deathSignal?: "TERM" | "KILL";
}

/** Where parts live and how long. */
export interface Household {
  /** Folder of the environment. */
  folder: string;
  /** The parts run on when this process ends. */
  detached: boolean;
}

const READY_WITHIN_MS = 60_000;
const SHOWN_LOG_LINES = 15;

/** One of the processes of an environment, together with what it starts in turn. */
export class Part {
  readonly name: PartName;
  readonly logFile: string;
  readonly #definition: PartDefinition;
  readonly #household: Household;

  constructor(definition: PartDefinition, household: Household) {
    this.name = definition.name;
    this.logFile = join(household.folder, `${definition.name}.log`);
    this.#definition = definition;
    this.#household = household;
  }

  /** Its processes that run. */
  processes(): Promise<number[]> {
    return findMarked({ folder: this.#household.folder, part: this.name });
  }

  /**
   * Starts it, unless it runs, and waits until it is ready.
   * @throws StepError with the end of its log
   */
  async start(): Promise<void> {
    let hasEnded = () => false;
    if ((await this.processes()).length === 0) {
      await this.#definition.prepare?.();
      const child = await this.#spawn();
      hasEnded = () => child.exitCode !== null || child.signalCode !== null;
    }
    const ready = await holdsWithin(READY_WITHIN_MS, async () => {
      if (await this.#definition.isReady()) return true;
      if (hasEnded()) throw await this.#failure("ended before it was ready");
      return false;
    });
    if (!ready) throw await this.#failure(`was not ready within ${READY_WITHIN_MS / 1000} s`);
  }

  /** Asks its processes to end, and ends those that have not after `graceMs`. */
  stop(graceMs: number): Promise<void> {
    return endProcesses({ folder: this.#household.folder, part: this.name }, graceMs);
  }

  /** Ends its processes at once. */
  kill(): Promise<void> {
    return this.stop(0);
  }

  async restart(): Promise<void> {
    await this.kill();
    await this.start();
  }

  /** Sends a signal to its processes: `SIGSTOP` makes it hang, `SIGCONT` go on. */
  async signal(signal: NodeJS.Signals): Promise<void> {
    sendSignal(await this.processes(), signal);
  }

  async #spawn(): Promise<ChildProcess> {
    const { program, arguments: parameters, environment, folder } = this.#definition.command();
    const { detached, folder: household } = this.#household;
    const [command, ...rest] = detached
      ? ([program, ...parameters] as const)
      : endWithThisThread(this.#definition.deathSignal ?? "KILL", program, ...parameters);
    const log = openSync(this.logFile, "a");
    const child = spawn(command, rest, {
      cwd: folder ?? household,
      env: { ...process.env, ...environment, ...markerVariables({ folder: household, part: this.name }) },
      stdio: ["ignore", log, log],
      detached: true,
    });
    closeSync(log);
    child.unref();
    await spawned(child).catch((error: unknown) => {
      throw new StepError(`${this.name} cannot be started: ${messageOf(error)}`);
    });
    return child;
  }

  async #failure(what: string): Promise<StepError> {
    const log = await readFile(this.logFile, "utf8").catch(() => "");
    const end = log.trimEnd().split("\n").slice(-SHOWN_LOG_LINES).join("\n");
    return new StepError(`${this.name} ${what}. The end of ${this.logFile}:\n${end}`);
  }
}

function spawned(child: ChildProcess): Promise<void> {
  return new Promise((resolve, reject) => {
    child.once("spawn", resolve);
    child.once("error", reject);
  });
}

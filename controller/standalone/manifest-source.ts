import { ControllerError, messageOf } from "../errors.ts";
import type { Logger } from "../log.ts";
import { DiagnosticLog, formatDiagnostic } from "./diagnostics.ts";
import { type FolderContent, FolderWatcher } from "./folder-watcher.ts";
import { type InForce, nextState, type State } from "./state.ts";

/** The manifests of a folder: what of them is in force, now and after each change. */
export class ManifestSource {
  readonly #folder: string;
  readonly #portOverride: number | undefined;
  readonly #diagnostics: DiagnosticLog;
  readonly #log: Logger;
  #watcher: FolderWatcher | undefined;
  #state: State | undefined;
  #onChange: ((inForce: InForce) => void) | undefined;

  constructor(folder: string, portOverride: number | undefined, log: Logger) {
    this.#folder = folder;
    this.#portOverride = portOverride;
    this.#diagnostics = new DiagnosticLog(log);
    this.#log = log;
  }

  /**
   * Reads the folder and starts to watch it.
   *
   * @returns what is in force
   * @throws ControllerError with all problems when there is any
   */
  async start(): Promise<InForce> {
    this.#watcher = new FolderWatcher(this.#folder, (content) => this.#follow(content), this.#log);
    const state = nextState(await this.#readFirst(this.#watcher), undefined, this.#portOverride);
    if (state.problems.length > 0) {
      const lines = state.problems.map((problem) => `\n  ${formatDiagnostic(problem)}`);
      throw new ControllerError(
        "config_invalid",
        `the manifests in ${this.#folder} have problems:${lines.join("")}`,
      );
    }
    this.#diagnostics.report(state);
    this.#state = state;
    return state.inForce;
  }

  /** Tells what is in force, now and whenever the folder has changed. */
  onChange(listener: (inForce: InForce) => void): void {
    this.#onChange = listener;
    if (this.#state) listener(this.#state.inForce);
  }

  /** Ends the watch. */
  close(): void {
    this.#watcher?.close();
  }

  #follow(content: FolderContent): void {
    this.#state = nextState(content, this.#state, this.#portOverride);
    this.#diagnostics.report(this.#state);
    this.#onChange?.(this.#state.inForce);
  }

  async #readFirst(watcher: FolderWatcher): ReturnType<FolderWatcher["start"]> {
    try {
      return await watcher.start();
    } catch (error) {
      const message = `the folder ${this.#folder} cannot be read: ${messageOf(error)}`;
      throw new ControllerError("config_invalid", message, { cause: error });
    }
  }
}

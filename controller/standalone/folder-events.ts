import { type FSWatcher, watch } from "node:fs";
import { messageOf } from "../errors.ts";
import type { Logger } from "../log.ts";

/**
 * Tells that something may have changed in folders. Each is watched by itself: the recursive watch of Node.js 20 loses
 * files that are replaced by renaming.
 */
export class FolderEvents {
  readonly #onEvent: () => void;
  readonly #log: Logger;
  readonly #watchers = new Map<string, FSWatcher>();
  #closed = false;

  constructor(onEvent: () => void, log: Logger) {
    this.#onEvent = onEvent;
    this.#log = log;
  }

  /** Watches these folders and no others. A folder that cannot be watched is left out. */
  watch(folders: readonly string[]): void {
    if (this.#closed) return;
    for (const folder of this.#watchers.keys()) {
      if (!folders.includes(folder)) this.#end(folder);
    }
    for (const folder of folders) {
      if (!this.#watchers.has(folder)) this.#begin(folder);
    }
  }

  /** Ends all watches; no other one begins. */
  close(): void {
    this.watch([]);
    this.#closed = true;
  }

  #begin(folder: string): void {
    try {
      const watcher = watch(folder, this.#onEvent);
      watcher.on("error", () => this.#end(folder));
      this.#watchers.set(folder, watcher);
      this.#onEvent();
    } catch (error) {
      this.#log.debug({ folder, error: messageOf(error) }, "No file system events; the folder is polled");
    }
  }

  #end(folder: string): void {
    this.#watchers.get(folder)?.close();
    this.#watchers.delete(folder);
  }
}

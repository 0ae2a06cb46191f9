import { type FSWatcher, watch } from "node:fs";
import { setTimeout as delay } from "node:timers/promises";
import { messageOf } from "../errors.ts";
import type { Logger } from "../log.ts";
import { listManifests, type ManifestFile, readManifest, sameListing } from "./folder.ts";

/** Texts of the manifests by path. */
export type FolderContent = ReadonlyMap<string, string>;

/** Quiet time before a change is read, so that a file is not read while it is written. */
const SETTLE_MS = 80;

/** Quiet time before a file counts as deleted or emptied: some editors do either for a moment when they save. */
const REMOVAL_SETTLE_MS = 300;

const SETTLE_POLL_MS = 20;

/** A folder that never comes to rest is read all the same after this time. */
const LONGEST_SETTLE_MS = 2_000;

/** Safety net for what the file system does not report (links, network mounts). */
const POLL_MS = 1_000;

/** Tells the whole content of a folder each time it has changed and come to rest. */
export class FolderWatcher {
  readonly #folder: string;
  readonly #onChange: (content: FolderContent) => void;
  readonly #log: Logger;
  readonly #ended = new AbortController();
  #known: ManifestFile[] = [];
  #changed = false;
  #wake = () => {};

  constructor(folder: string, onChange: (content: FolderContent) => void, log: Logger) {
    this.#folder = folder;
    this.#onChange = onChange;
    this.#log = log;
  }

  /** Reads the folder and starts to watch it. Throws when it cannot be read. */
  async start(): Promise<FolderContent> {
    const events = this.#watchEvents();
    this.#ended.signal.addEventListener("abort", () => events?.close());
    this.#known = await listManifests(this.#folder);
    const content = await readListed(this.#folder, this.#known);
    void this.#loop();
    return content;
  }

  /** Ends the watch; `onChange` is not called any more. */
  close(): void {
    this.#ended.abort();
    this.#wake();
  }

  #watchEvents(): FSWatcher | undefined {
    try {
      const watcher = watch(this.#folder, { recursive: true }, () => {
        this.#changed = true;
        this.#wake();
      });
      watcher.on("error", (error) =>
        this.#log.debug({ error: messageOf(error) }, "File system events ended"),
      );
      return watcher;
    } catch (error) {
      this.#log.debug({ error: messageOf(error) }, "No file system events; the folder is polled");
      return undefined;
    }
  }

  async #loop(): Promise<void> {
    let readable = true;
    while (!this.#ended.signal.aborted) {
      this.#changed = false;
      const content = await this.#readChanges().catch((error) => {
        const message = "The folder cannot be read; the last state is kept";
        if (readable) this.#log.error({ error: messageOf(error) }, message);
        return "unreadable" as const;
      });
      readable = content !== "unreadable";
      if (content instanceof Map && !this.#ended.signal.aborted) this.#onChange(content);
      await this.#nextWake();
    }
  }

  async #readChanges(): Promise<FolderContent | undefined> {
    const found = await listManifests(this.#folder);
    if (sameListing(found, this.#known)) return undefined;
    const settled = await this.#settle(found);
    const content = await readListed(this.#folder, settled);
    this.#known = settled;
    return content;
  }

  async #settle(found: ManifestFile[]): Promise<ManifestFile[]> {
    const foundAt = performance.now();
    let latest = found;
    let changedAt = foundAt;
    while (performance.now() - foundAt < LONGEST_SETTLE_MS && !this.#ended.signal.aborted) {
      const quietMs = removes(this.#known, latest) ? REMOVAL_SETTLE_MS : SETTLE_MS;
      if (performance.now() - changedAt >= quietMs) break;
      await delay(SETTLE_POLL_MS);
      const next = await listManifests(this.#folder);
      if (!sameListing(latest, next)) changedAt = performance.now();
      latest = next;
    }
    return latest;
  }

  #nextWake(): Promise<void> {
    return new Promise((resolve) => {
      const timer = setTimeout(resolve, POLL_MS);
      this.#wake = () => {
        clearTimeout(timer);
        resolve();
      };
      if (this.#changed || this.#ended.signal.aborted) this.#wake();
    });
  }
}

async function readListed(folder: string, files: readonly ManifestFile[]): Promise<FolderContent> {
  const content = new Map<string, string>();
  for (const { path } of files) {
    const text = await readManifest(folder, path);
    if (text !== undefined) content.set(path, text);
  }
  return content;
}

function removes(before: readonly ManifestFile[], after: readonly ManifestFile[]): boolean {
  const sizes = new Map(after.map(({ path, size }) => [path, size]));
  return before.some(({ path, size }) => size > 0 && !sizes.get(path));
}

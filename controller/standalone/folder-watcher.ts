import { setTimeout as delay } from "node:timers/promises";
import { messageOf } from "../errors.ts";
import type { Logger } from "../log.ts";
import { type Listing, listManifests, readManifest, sameContent } from "./folder.ts";
import { FolderEvents } from "./folder-events.ts";

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
  readonly #events: FolderEvents;
  #known: Listing = { files: [], folders: [] };
  #changed = false;
  #wake = () => {};

  constructor(folder: string, onChange: (content: FolderContent) => void, log: Logger) {
    this.#folder = folder;
    this.#onChange = onChange;
    this.#log = log;
    this.#events = new FolderEvents(() => {
      this.#changed = true;
      this.#wake();
    }, log);
  }

  /** Reads the folder and starts to watch it. Throws when it cannot be read. */
  async start(): Promise<FolderContent> {
    this.#known = await listManifests(this.#folder);
    this.#events.watch(this.#known.folders);
    const content = await readListed(this.#folder, this.#known);
    void this.#loop();
    return content;
  }

  /** Ends the watch; `onChange` is not called any more. */
  close(): void {
    this.#ended.abort();
    this.#events.close();
    this.#wake();
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
    this.#events.watch(found.folders);
    if (sameContent(found, this.#known)) return undefined;
    const settled = await this.#settle(found);
    const content = await readListed(this.#folder, settled);
    this.#known = settled;
    return content;
  }

  async #settle(found: Listing): Promise<Listing> {
    const foundAt = performance.now();
    let latest = found;
    let changedAt = foundAt;
    while (performance.now() - foundAt < LONGEST_SETTLE_MS && !this.#ended.signal.aborted) {
      const quietMs = removes(this.#known, latest) ? REMOVAL_SETTLE_MS : SETTLE_MS;
      if (performance.now() - changedAt >= quietMs) break;
      await delay(SETTLE_POLL_MS);
      const next = await listManifests(this.#folder);
      if (!sameContent(latest, next)) changedAt = performance.now();
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

async function readListed(folder: string, { files }: Listing): Promise<FolderContent> {
  const content = new Map<string, string>();
  for (const { path } of files) {
    const text = await readManifest(folder, path);
    if (text !== undefined) content.set(path, text);
  }
  return content;
}

function removes(before: Listing, after: Listing): boolean {
  const sizes = new Map(after.files.map(({ path, size }) => [path, size]));
  return before.files.some(({ path, size }) => size > 0 && !sizes.get(path));
}

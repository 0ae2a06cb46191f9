import { rmSync } from "node:fs";
import { lstat, mkdir, mkdtemp, readdir, rename, rm, writeFile } from "node:fs/promises";
import type { Server } from "node:net";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import type { DiscoveryService } from "../render/envoy/discovery-files.ts";
import { isAbandoned, showLife } from "./life-sign.ts";

/** Six characters follow, as `mkdtemp` appends them. */
const PREFIX = "tollgate-";
const NAME = new RegExp(`^${PREFIX}[0-9A-Za-z]{6}$`);
const DISCOVERY_FOLDERS = ["cds", "ecds", "lds", "rds", "sds"] satisfies DiscoveryService[];
const OWNER_ONLY_FILE = 0o600;
const OWNER_ONLY_FOLDER = 0o700;

/** The folder that Envoy reads its configuration from. Nobody else may read it; it is gone when the process is. */
export class RunDirectory {
  readonly path: string;
  readonly #contents = new Map<string, string>();
  readonly #lifeSign: Server;
  readonly #removeOnExit: () => void;

  private constructor(path: string, lifeSign: Server) {
    this.path = path;
    this.#lifeSign = lifeSign;
    this.#removeOnExit = () => rmSync(path, { recursive: true, force: true });
    process.once("exit", this.#removeOnExit);
  }

  /**
   * Makes the folder, with the empty ones that Envoy watches, among the temporary files of the machine. Folders that
   * were left there by processes that could not remove them are removed.
   */
  static async create(): Promise<RunDirectory> {
    await removeAbandoned(tmpdir());
    const path = await mkdtemp(join(tmpdir(), PREFIX));
    const directory = new RunDirectory(path, await showLife(path));
    for (const name of DISCOVERY_FOLDERS)
      await mkdir(join(directory.path, name), { mode: OWNER_ONLY_FOLDER });
    return directory;
  }

  /** Lets `differs` be true again for a file of which it is not known whether Envoy has taken it over. */
  forget(path: string): void {
    this.#contents.set(path, "");
  }

  /** Whether this content is not what `write` has written last. */
  differs(path: string, content: string): boolean {
    return this.#contents.get(path) !== content;
  }

  /** Writes a file below the folder by renaming a finished one into its place, which is what Envoy watches for. */
  async write(path: string, content: string): Promise<void> {
    const target = join(this.path, path);
    const draft = join(this.path, `draft.${basename(target)}`);
    await writeFile(draft, content, { mode: OWNER_ONLY_FILE });
    await rename(draft, target);
    this.#contents.set(path, content);
  }

  /** Removes a file that was written. */
  async remove(path: string): Promise<void> {
    this.#contents.delete(path);
    await rm(join(this.path, path), { force: true });
  }

  /** Paths of the files that were written. */
  files(): string[] {
    return [...this.#contents.keys()];
  }

  /** Removes the folder. */
  async close(): Promise<void> {
    process.removeListener("exit", this.#removeOnExit);
    this.#lifeSign.close();
    await rm(this.path, { recursive: true, force: true });
  }
}

/** Removes the folders of this user whose processes have ended. One that cannot be removed is left as it is. */
async function removeAbandoned(parent: string): Promise<void> {
  for (const name of (await readdir(parent)).filter((each) => NAME.test(each))) {
    const folder = join(parent, name);
    const owner = await lstat(folder).catch(() => undefined);
    if (owner?.uid === process.getuid?.() && (await isAbandoned(folder)))
      await rm(folder, { recursive: true, force: true }).catch(() => {});
  }
}

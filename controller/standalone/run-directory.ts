import { rmSync } from "node:fs";
import { mkdir, mkdtemp, rename, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import type { DiscoveryService } from "../render/envoy/discovery-files.ts";

const DISCOVERY_FOLDERS = ["cds", "ecds", "lds", "rds", "sds"] satisfies DiscoveryService[];
const OWNER_ONLY_FILE = 0o600;
const OWNER_ONLY_FOLDER = 0o700;

/** The folder that Envoy reads its configuration from. Nobody else may read it; it is gone when the process is. */
export class RunDirectory {
  readonly path: string;
  readonly #contents = new Map<string, string>();
  readonly #removeOnExit: () => void;

  private constructor(path: string) {
    this.path = path;
    this.#removeOnExit = () => rmSync(path, { recursive: true, force: true });
    process.once("exit", this.#removeOnExit);
  }

  /** Makes the folder, with the empty ones that Envoy watches, among the temporary files of the machine. */
  static async create(): Promise<RunDirectory> {
    const directory = new RunDirectory(await mkdtemp(join(tmpdir(), "tollgate-")));
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
    await rm(this.path, { recursive: true, force: true });
  }
}

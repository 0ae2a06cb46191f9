import { readdir, readFile, realpath, stat } from "node:fs/promises";
import { join } from "node:path";

/** A manifest file as it was found. */
interface ManifestFile {
  /** Path below the folder, with `/`. */
  path: string;
  /** Changes whenever the file is written, replaced or linked elsewhere. */
  version: string;
  size: number;
}

/** What was found below a folder. */
export interface Listing {
  /** Sorted by path. */
  files: ManifestFile[];
  /** Paths of the folder and of those below it. */
  folders: string[];
}

const MANIFEST = /\.(ya?ml|json)$/i;

/**
 * Lists the manifests (`*.yaml`, `*.yml`, `*.json`) below a folder. Symbolic links are followed; names that start with a
 * dot are passed over, and so are files that vanish meanwhile.
 *
 * @throws when the folder itself cannot be read
 */
export async function listManifests(folder: string): Promise<Listing> {
  const listing: Listing = { files: [], folders: [] };
  await listBelow(listing, folder, "", []);
  listing.files.sort((a, b) => (a.path < b.path ? -1 : 1));
  return listing;
}

/** Text of a manifest; undefined when it is not there any more. */
export async function readManifest(folder: string, path: string): Promise<string | undefined> {
  try {
    return await readFile(join(folder, path), "utf8");
  } catch (error) {
    if (isGone(error)) return undefined;
    throw error;
  }
}

/** True when both listings show the same content. */
export function sameContent({ files }: Listing, { files: others }: Listing): boolean {
  const isSame = ({ path, version }: ManifestFile, index: number) =>
    path === others[index]?.path && version === others[index]?.version;
  return files.length === others.length && files.every(isSame);
}

async function listBelow(
  listing: Listing,
  root: string,
  below: string,
  ancestors: readonly string[],
): Promise<void> {
  const folder = join(root, below);
  const real = await realpath(folder);
  if (ancestors.includes(real)) return;
  listing.folders.push(folder);
  const names = (await readdir(folder)).filter((name) => !name.startsWith("."));
  const list = (name: string) =>
    listEntry(listing, root, below === "" ? name : `${below}/${name}`, [...ancestors, real]);
  await Promise.all(names.map(list));
}

async function listEntry(
  listing: Listing,
  root: string,
  path: string,
  ancestors: readonly string[],
): Promise<void> {
  try {
    const entry = await stat(join(root, path), { bigint: true });
    if (entry.isDirectory()) return await listBelow(listing, root, path, ancestors);
    if (!entry.isFile() || !MANIFEST.test(path)) return;
    const version = `${entry.dev}:${entry.ino}:${entry.size}:${entry.mtimeNs}:${entry.ctimeNs}`;
    listing.files.push({ path, version, size: Number(entry.size) });
  } catch (error) {
    if (!isGone(error)) throw error;
  }
}

function isGone(error: unknown): boolean {
  const code = (error as NodeJS.ErrnoException).code;
  return code === "ENOENT" || code === "ENOTDIR";
}

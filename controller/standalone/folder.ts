import { readdir, readFile, realpath, stat } from "node:fs/promises";
import { join } from "node:path";

/** A manifest file as it was found. */
export interface ManifestFile {
  /** Path below the folder, with `/`. */
  path: string;
  /** Changes whenever the file is written, replaced or linked elsewhere. */
  version: string;
  size: number;
}

const MANIFEST = /\.(ya?ml|json)$/i;

/**
 * Lists the manifests (`*.yaml`, `*.yml`, `*.json`) below a folder, sorted by path. Symbolic links are followed;
 * names that start with a dot are passed over, and so are files that vanish meanwhile.
 *
 * @throws when the folder itself cannot be read
 */
export async function listManifests(folder: string): Promise<ManifestFile[]> {
  const files = await listBelow(folder, "", []);
  return files.sort((a, b) => (a.path < b.path ? -1 : 1));
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
export function sameListing(a: readonly ManifestFile[], b: readonly ManifestFile[]): boolean {
  return (
    a.length === b.length &&
    a.every(({ path, version }, i) => path === b[i]?.path && version === b[i]?.version)
  );
}

async function listBelow(root: string, below: string, ancestors: readonly string[]): Promise<ManifestFile[]> {
  const folder = join(root, below);
  const real = await realpath(folder);
  if (ancestors.includes(real)) return [];
  const names = (await readdir(folder)).filter((name) => !name.startsWith("."));
  const nested = await Promise.all(
    names.map((name) => listEntry(root, below === "" ? name : `${below}/${name}`, [...ancestors, real])),
  );
  return nested.flat();
}

async function listEntry(root: string, path: string, ancestors: readonly string[]): Promise<ManifestFile[]> {
  try {
    const entry = await stat(join(root, path), { bigint: true });
    if (entry.isDirectory()) return await listBelow(root, path, ancestors);
    if (!entry.isFile() || !MANIFEST.test(path)) return [];
    const version = `${entry.dev}:${entry.ino}:${entry.size}:${entry.mtimeNs}:${entry.ctimeNs}`;
    return [{ path, version, size: Number(entry.size) }];
  } catch (error) {
    if (isGone(error)) return [];
    throw error;
  }
}

function isGone(error: unknown): boolean {
  const code = (error as NodeJS.ErrnoException).code;
  return code === "ENOENT" || code === "ENOTDIR";
}

import { createHash } from "node:crypto";
import { existsSync } from "node:fs";
import { mkdir, readFile, rename, rm } from "node:fs/promises";
import { join } from "node:path";
import { packageRoot } from "../../../controller/standalone/installation.ts";
import { announce } from "../../../tools/setup/step.ts";
import { buildPrograms } from "./build.ts";
import { GO_MODULE, requireGo } from "./go-toolchain.ts";
import { withLock } from "./lock.ts";
import { ISTIO_FILES, LINKER_FLAGS, PROGRAMS, type ProgramName } from "./programs.ts";

/** The built control plane. */
export interface Binaries {
  program(name: ProgramName): string;
  /** A file of Istio's sources. */
  istioFile(name: keyof typeof ISTIO_FILES): string;
}

/**
 * The programs of the control plane, built once for each version of them. Of several callers at a time, in whatever
 * process, one builds and the others wait. A build takes some ten minutes of CPU and 5 GiB of disk for Go's caches.
 *
 * @throws GoMissing when they are not built yet and Go cannot
 */
export async function ensureBinaries(): Promise<Binaries> {
  const folder = join(packageRoot(), ".cache", "control-plane", await recipeHash());
  if (!existsSync(folder)) {
    await requireGo();
    const onWait = () => announce("cluster", "waiting for another build of the control plane");
    await withLock(folder, onWait, () => build(folder));
  }
  return {
    program: (name) => join(folder, name),
    istioFile: (name) => join(folder, name),
  };
}

async function build(folder: string): Promise<void> {
  if (existsSync(folder)) return;
  const partial = `${folder}.partial`;
  await rm(partial, { recursive: true, force: true });
  await mkdir(partial, { recursive: true });
  await buildPrograms(partial);
  await rename(partial, folder);
}

async function recipeHash(): Promise<string> {
  const hash = createHash("sha256").update(JSON.stringify([PROGRAMS, LINKER_FLAGS, ISTIO_FILES]));
  for (const file of ["go.mod", "go.sum"]) hash.update(await readFile(join(GO_MODULE, file)));
  return hash.digest("hex").slice(0, 16);
}

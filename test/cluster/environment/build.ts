import { spawn } from "node:child_process";
import { once } from "node:events";
import { chmod, copyFile } from "node:fs/promises";
import { join } from "node:path";
import { announce, StepError } from "../../../tools/setup/step.ts";
import { endWithThisThread } from "./death-signal.ts";
import { GO_MODULE, queryGo } from "./go-toolchain.ts";
import { ISTIO_FILES, ISTIO_MODULE, LINKER_FLAGS, PROGRAMS, type Program } from "./programs.ts";

const PROGRESS_INTERVAL_MS = 30_000;

/**
 * Builds every program into a folder and copies the files of Istio's sources there.
 * @throws StepError after the compiler's messages on standard error
 */
export async function buildPrograms(folder: string): Promise<void> {
  announce("cluster", "building the control plane; the first time takes some ten minutes");
  await copyIstioFiles(folder);
  for (const [index, program] of PROGRAMS.entries()) {
    await withProgress(`${program.name} (${index + 1} of ${PROGRAMS.length})`, () =>
      buildProgram(program, {
        module: GO_MODULE,
        linkerFlags: LINKER_FLAGS,
        target: join(folder, program.name),
      }),
    );
  }
}

/** What the build of a Go program needs beside the program. */
interface GoBuild {
  /** Folder with the go.mod that pins the sources. */
  module: string;
  linkerFlags: string;
  /** File of the program. */
  target: string;
}

/**
 * Builds one program.
 * @throws StepError after the compiler's messages on standard error
 */
export async function buildProgram(
  { name, mainPackage, tags }: Omit<Program, "name"> & { name: string },
  { module, linkerFlags, target }: GoBuild,
): Promise<void> {
  const [command, ...prefix] = endWithThisThread("TERM", "go");
  const options = ["-mod=readonly", "-trimpath", "-buildvcs=false", "-tags", tags.join(",")];
  const child = spawn(
    command,
    [...prefix, "build", ...options, "-ldflags", linkerFlags, "-o", target, mainPackage],
    { cwd: module, stdio: ["ignore", 2, 2] },
  );
  const [code] = (await once(child, "exit")) as [number | null];
  if (code !== 0) throw new StepError(`${name} cannot be built; Go's messages stand above`);
}

async function copyIstioFiles(folder: string): Promise<void> {
  await queryGo(["mod", "download", ISTIO_MODULE]);
  const sources = await queryGo(["list", "-mod=readonly", "-m", "-f", "{{.Dir}}", ISTIO_MODULE]);
  for (const [name, path] of Object.entries(ISTIO_FILES)) {
    await copyFile(join(sources, path), join(folder, name));
    await chmod(join(folder, name), 0o644);
  }
}

async function withProgress(what: string, work: () => Promise<void>): Promise<void> {
  const start = performance.now();
  const elapsed = () => `${Math.round((performance.now() - start) / 1000)} s`;
  announce("cluster", `building ${what}`);
  const progress = setInterval(
    () => announce("cluster", `building ${what}: ${elapsed()}`),
    PROGRESS_INTERVAL_MS,
  );
  try {
    await work();
    announce("cluster", `built ${what} in ${elapsed()}`);
  } finally {
    clearInterval(progress);
  }
}

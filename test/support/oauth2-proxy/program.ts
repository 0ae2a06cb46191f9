/** The program oauth2-proxy, built from the sources that go/ pins, and the suites that need it. */
import { createHash } from "node:crypto";
import { existsSync } from "node:fs";
import { mkdir, readFile, rename } from "node:fs/promises";
import { dirname, join } from "node:path";
import { describe } from "vitest";
import { packageRoot } from "../../../controller/standalone/installation.ts";
import { announce } from "../../../tools/setup/step.ts";
import { buildProgram } from "../../cluster/environment/build.ts";
import { GoMissing, requireGo } from "../../cluster/environment/go-toolchain.ts";
import { withLock } from "../../cluster/environment/lock.ts";

const GO_MODULE = join(import.meta.dirname, "go");
const PROGRAM = { name: "oauth2-proxy", mainPackage: "github.com/oauth2-proxy/oauth2-proxy/v7", tags: [] };
const LINKER_FLAGS = "-s -w";

/**
 * The program, built once for each version of it. A build takes about a minute.
 * @throws GoMissing when it is not built yet and Go cannot
 */
export async function ensureOauth2Proxy(): Promise<string> {
  const sources = await Promise.all(["go.mod", "go.sum"].map((file) => readFile(join(GO_MODULE, file))));
  const hash = createHash("sha256").update(Buffer.concat(sources)).digest("hex").slice(0, 16);
  const program = join(packageRoot(), ".cache", PROGRAM.name, hash);
  if (existsSync(program)) return program;
  await requireGo();
  await mkdir(dirname(program), { recursive: true });
  const onWait = () => announce("test", `waiting for another build of ${PROGRAM.name}`);
  await withLock(program, onWait, async () => {
    if (existsSync(program)) return;
    announce("test", `building ${PROGRAM.name}`);
    const target = `${program}.partial`;
    await buildProgram(PROGRAM, { module: GO_MODULE, linkerFlags: LINKER_FLAGS, target });
    await rename(target, program);
  });
  return program;
}

/** `describe` for suites that start oauth2-proxy; where Go is missing they are skipped and say so, with `CI=true` they fail. */
export const describeWithOauth2Proxy = (await canBeBuilt()) ? describe : describe.skip;

async function canBeBuilt(): Promise<boolean> {
  try {
    await ensureOauth2Proxy();
    return true;
  } catch (error) {
    if (!(error instanceof GoMissing) || process.env.CI === "true") throw error;
    process.stderr.write(`\nTHE SUITES WITH OAUTH2-PROXY DID NOT RUN. ${error.message}\n\n`);
    return false;
  }
}

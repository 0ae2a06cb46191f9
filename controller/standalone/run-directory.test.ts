import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, readFile, rm, stat } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { RunDirectory } from "./run-directory.ts";

test("files for the owner alone, rewritten only when they differ, and gone at the end", async () => {
  const directory = await RunDirectory.create();
  await directory.write("cds/cds.json", "{}");
  const file = join(directory.path, "cds/cds.json");
  expect(await readFile(file, "utf8")).toBe("{}");
  const modes = await Promise.all(
    [directory.path, join(directory.path, "cds"), file].map((path) => stat(path)),
  );
  expect(modes.map(({ mode }) => mode & 0o777)).toEqual([0o700, 0o700, 0o600]);
  expect([directory.differs("cds/cds.json", "{}"), directory.differs("cds/cds.json", "[]")]).toEqual([
    false,
    true,
  ]);
  directory.forget("cds/cds.json");
  expect(directory.differs("cds/cds.json", "{}")).toBe(true);
  await directory.close();
  await expect(stat(directory.path)).rejects.toThrow("ENOENT");
});

test("what a killed process has left is removed at the next start, and nothing of one that runs", async () => {
  const [killed, running] = [await holder(), await holder()];
  onTestFinished(() => void running.child.kill("SIGKILL"));
  const foreign = await mkdtemp(join(tmpdir(), "tollgate-"));
  onTestFinished(() => rm(foreign, { recursive: true }));
  killed.child.kill("SIGKILL");
  await once(killed.child, "exit");
  expect((await stat(killed.path)).isDirectory()).toBe(true);
  const directory = await RunDirectory.create();
  onTestFinished(() => directory.close());
  await expect(stat(killed.path)).rejects.toThrow("ENOENT");
  for (const path of [running.path, foreign]) expect((await stat(path)).isDirectory()).toBe(true);
});

/** Another process with a folder of its own. */
async function holder() {
  const program = `
    import { RunDirectory } from ${JSON.stringify(join(import.meta.dirname, "run-directory.ts"))};
    console.log((await RunDirectory.create()).path);
    setInterval(() => {}, 1_000);`;
  const child = spawn(process.execPath, ["--import", "tsx", "--input-type=module", "--eval", program], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  const [output] = (await once(child.stdout.setEncoding("utf8"), "data")) as [string];
  return { child, path: output.trim() };
}

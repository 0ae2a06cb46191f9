import { readFile, stat } from "node:fs/promises";
import { join } from "node:path";
import { expect, test } from "vitest";
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

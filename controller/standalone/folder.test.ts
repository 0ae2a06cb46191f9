import { mkdir, mkdtemp, rename, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { listManifests, readManifest, sameContent } from "./folder.ts";

let folder: string;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "tollgate-folder-"));
});

afterEach(() => rm(folder, { recursive: true }));

const paths = async () => (await listManifests(folder)).files.map(({ path }) => path);

test("manifests of all folders, sorted, without hidden and foreign files", async () => {
  await mkdir(join(folder, "b/c"), { recursive: true });
  await mkdir(join(folder, ".git"));
  const names = ["z.yaml", "a.JSON", "b/c/x.yml", "notes.txt", ".swap.yaml", ".git/y.yaml"];
  await Promise.all(names.map((name) => writeFile(join(folder, name), "")));
  expect(await paths()).toEqual(["a.JSON", "b/c/x.yml", "z.yaml"]);
});

test("a mounted ConfigMap: links through a hidden folder that is exchanged as a whole", async () => {
  for (const version of ["..1", "..2"]) {
    await mkdir(join(folder, version));
    await writeFile(join(folder, version, "rule.yaml"), version);
  }
  await symlink("..1", join(folder, "..data"));
  await symlink("..data/rule.yaml", join(folder, "rule.yaml"));
  const before = await listManifests(folder);
  await symlink("..2", join(folder, "..new"));
  await rename(join(folder, "..new"), join(folder, "..data"));
  const after = await listManifests(folder);
  expect(after.files.map(({ path }) => path)).toEqual(["rule.yaml"]);
  expect(sameContent(before, after)).toBe(false);
  expect(await readManifest(folder, "rule.yaml")).toBe("..2");
});

test("links that lead in a circle or nowhere", async () => {
  await symlink(".", join(folder, "loop"));
  await symlink("missing.yaml", join(folder, "broken.yaml"));
  await writeFile(join(folder, "a.yaml"), "");
  expect(await paths()).toEqual(["a.yaml"]);
});

test("a folder that is not there", async () => {
  await expect(listManifests(join(folder, "missing"))).rejects.toThrow("ENOENT");
});

import { mkdir, mkdtemp, rename, rm, symlink, truncate, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pino } from "pino";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { type FolderContent, FolderWatcher } from "./folder-watcher.ts";

let folder: string;
let watcher: FolderWatcher;
let seen: FolderContent[];

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "tollgate-watcher-"));
  await writeFile(join(folder, "a.yaml"), "one");
  seen = [];
  watcher = new FolderWatcher(folder, (content) => seen.push(content), pino({ level: "silent" }));
});

afterEach(async () => {
  watcher.close();
  await rm(folder, { recursive: true });
});

const eventuallySees = (content: Record<string, string>) =>
  vi.waitFor(() => expect(Object.fromEntries(seen.at(-1) ?? [])).toEqual(content), {
    timeout: 3_000,
    interval: 5,
  });

test("the content at the start, and after each change", async () => {
  expect(Object.fromEntries(await watcher.start())).toEqual({ "a.yaml": "one" });
  await writeFile(join(folder, "a.yaml"), "two");
  await eventuallySees({ "a.yaml": "two" });
  await mkdir(join(folder, "new"));
  await writeFile(join(folder, "new/b.json"), "{}");
  await eventuallySees({ "a.yaml": "two", "new/b.json": "{}" });
  await rm(join(folder, "a.yaml"));
  await eventuallySees({ "new/b.json": "{}" });
});

test("changes are told at once, also of a file that is replaced again and again", async () => {
  await writeFile(join(folder, "a.yaml"), "0");
  await watcher.start();
  for (const text of ["1", "2", "3", "4"]) {
    await writeFile(join(folder, "a.tmp"), text);
    await rename(join(folder, "a.tmp"), join(folder, "a.yaml"));
    const startedAt = performance.now();
    await eventuallySees({ "a.yaml": text });
    expect(performance.now() - startedAt).toBeLessThan(600);
  }
});

test("a save that empties the file first, or moves it away, is never seen half done", async () => {
  await watcher.start();
  await truncate(join(folder, "a.yaml"));
  await new Promise((resolve) => setTimeout(resolve, 120));
  await writeFile(join(folder, "a.yaml"), "two");
  await eventuallySees({ "a.yaml": "two" });
  await rename(join(folder, "a.yaml"), join(folder, "a.yaml~"));
  await new Promise((resolve) => setTimeout(resolve, 120));
  await writeFile(join(folder, "a.yaml"), "three");
  await eventuallySees({ "a.yaml": "three" });
  expect(seen.map((content) => content.get("a.yaml"))).toEqual(["two", "three"]);
});

test("a change behind a link", async () => {
  const outside = await mkdtemp(join(tmpdir(), "tollgate-outside-"));
  await writeFile(join(outside, "b.yaml"), "one");
  await symlink(outside, join(folder, "linked"));
  await watcher.start();
  await writeFile(join(outside, "b.yaml"), "changed");
  await eventuallySees({ "a.yaml": "one", "linked/b.yaml": "changed" });
  await rm(outside, { recursive: true });
});

test("an end right after the start leaves no watch behind", async () => {
  await watcher.start();
  watcher.close();
  await new Promise((resolve) => setTimeout(resolve, 100));
  expect(process.getActiveResourcesInfo()).not.toContain("FSEventWrap");
});

test("nothing is told after the end", async () => {
  await watcher.start();
  await writeFile(join(folder, "a.yaml"), "two");
  watcher.close();
  await new Promise((resolve) => setTimeout(resolve, 200));
  expect(seen).toEqual([]);
});

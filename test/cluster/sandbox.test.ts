/** `npm run cluster` as a person uses it. */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync } from "node:fs";
import { mkdtemp, readFile, realpath, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { afterEach, beforeEach, expect, test } from "vitest";
import { eventually } from "../support/eventually.ts";
import { findMarked } from "./environment/processes.ts";
import { describeWithControlPlane } from "./environment/suite.ts";

const UP_TIMEOUT_MS = 120_000;

describeWithControlPlane("npm run cluster", () => {
  let dir: string;
  beforeEach(async () => {
    dir = await mkdtemp(join(await realpath(tmpdir()), "tollgate-sandbox-"));
  });
  afterEach(async () => {
    await cluster("down").ended;
    await rm(dir, { recursive: true, force: true });
  }, UP_TIMEOUT_MS);

  function cluster(command: "up" | "down") {
    const options = ["--dir", dir, ...(command === "up" ? ["--no-controller"] : [])];
    const child = spawn(process.execPath, ["tools/run.mjs", "cluster", command, ...options]);
    const ended = Promise.all([text(child.stderr), once(child, "exit") as Promise<[number | null]>]);
    return { child, ended: ended.then(([stderr, [code]]) => ({ stderr, code })) };
  }
  const marked = () => findMarked({ folder: join(dir, "cluster") });

  test(
    "up serves requests and may be repeated, down leaves nothing",
    async () => {
      expect(await cluster("up").ended).toMatchObject({ code: 0 });
      const { GATEWAY, ADMIN, KUBECTL } = await shellVariables(join(dir, "env"));
      expect((await fetch(`${GATEWAY}/`, { headers: { host: "any.local.test" } })).status).toBe(404);
      expect(await (await fetch(`${ADMIN}/ready`)).text()).toBe("LIVE\n");
      const pids = await marked();
      expect(await run(`. ${dir}/env; "$KUBECTL" get service sample --output=name`)).toBe("service/sample\n");
      expect(await run(`. ${dir}/env; "$KUBECTL" get apirules --all-namespaces`)).toBe("");

      const mesh = `configmap istio --namespace=istio-system`;
      await run(`. ${dir}/env; "$KUBECTL" patch ${mesh} --patch '{"data":{"mesh":"trustDomain: mine"}}'`);
      expect(await cluster("up").ended).toMatchObject({ code: 0 });
      expect(await run(`. ${dir}/env; "$KUBECTL" get ${mesh} --output=jsonpath={.data.mesh}`)).toBe(
        "trustDomain: mine",
      );
      expect(await shellVariables(join(dir, "env"))).toMatchObject({ GATEWAY, ADMIN, KUBECTL });
      expect(await marked()).toEqual(pids);

      expect(await cluster("down").ended).toMatchObject({ code: 0 });
      expect(await marked()).toEqual([]);
      expect(existsSync(dir)).toBe(false);
    },
    UP_TIMEOUT_MS,
  );

  test(
    "down stops what an up left that was killed half-way",
    async () => {
      const { child } = cluster("up");
      await eventually(async () => expect((await marked()).length).toBeGreaterThan(1), UP_TIMEOUT_MS);
      child.kill("SIGKILL");
      expect(await cluster("down").ended).toMatchObject({ code: 0 });
      expect(await marked()).toEqual([]);
    },
    UP_TIMEOUT_MS,
  );
});

/** The standard output of a shell command. */
async function run(command: string): Promise<string> {
  const shell = spawn("sh", ["-c", command], { stdio: ["ignore", "pipe", "ignore"] });
  return text(shell.stdout);
}

async function shellVariables(file: string): Promise<Record<string, string>> {
  const lines = (await readFile(file, "utf8")).split("\n").map((line) => line.split("="));
  return Object.fromEntries(lines.filter((words) => words.length === 2));
}

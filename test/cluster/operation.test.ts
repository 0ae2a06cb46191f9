/** What whoever operates the controller sees of it: health, readiness and logs. */
import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, expect, test } from "vitest";
import { packageRoot } from "../../controller/standalone/installation.ts";
import { apiRule, jwtRule, openRule } from "../support/apirule.ts";
import { eventually } from "../support/eventually.ts";
import { describeWithControlPlane } from "./environment/suite.ts";
import { expectState, useCluster } from "./support/cluster.ts";
import { openPassage, type Passage } from "./support/passage.ts";
import { type Replica, startReplica } from "./support/replica.ts";

const IN_FORCE_WITHIN_MS = 10_000;

describeWithControlPlane("operating the controller", () => {
  let passage: Passage;
  let replica: Replica;
  const cluster = useCluster(async ({ controlPlane }) => {
    passage = await openPassage(controlPlane);
  });
  afterAll(() => passage?.close());

  const answer = async (path: string) => {
    const response = await fetch(`http://${replica.address}${path}`);
    return [response.status, await response.text()];
  };

  test("it is alive at once, and ready when it has seen everything", async () => {
    passage.cut();
    replica = await startReplica(cluster.controlPlane, {
      kubeconfig: passage.kubeconfig,
      waitFor: "/healthz",
    });
    expect(await answer("/healthz")).toEqual([200, "ok\n"]);
    expect(await answer("/readyz")).toEqual([503, "the caches are not complete yet\n"]);
    expect(await replica.metric("tollgate_leader")).toBe(0);
    passage.restore();
    await eventually(async () => expect(await answer("/readyz")).toEqual([200, "ok\n"]), IN_FORCE_WITHIN_MS);
  });

  test("it stays alive and ready while the API server is away", async () => {
    passage.cut();
    const seen = replica.log().length;
    await eventually(async () => {
      expect(replica.log().slice(seen)).toContain("Watch has failed");
    }, IN_FORCE_WITHIN_MS);
    expect(await answer("/healthz")).toEqual([200, "ok\n"]);
    expect(await answer("/readyz")).toEqual([200, "ok\n"]);
    passage.restore();
  });

  test("its logs are JSON with messages that stand in its sources, word for word", async () => {
    const nowhere = { url: "https://nowhere.local.test", jwksUri: "http://127.0.0.1:9/jwks" };
    await cluster.apply(apiRule({ name: "keyless", rules: [openRule("/open"), jwtRule("/", nowhere)] }));
    await expectState(cluster, "keyless", "Warning", IN_FORCE_WITHIN_MS);
    await cluster.remove("keyless");
    expect(await replica.stop()).toBe(0);
    const lines = replica.log().trimEnd().split("\n");
    const entries = lines.map((line) => JSON.parse(line) as Record<string, unknown>);
    const sources = await readSources(join(packageRoot(), "controller"));
    for (const { level, time, msg } of entries) {
      expect(["debug", "info", "warn", "error"]).toContain(level);
      expect(time).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/);
      expect(sources, `the message ${msg}`).toContain(`"${msg}"`);
    }
    const messages = new Set(entries.map(({ msg }) => msg));
    for (const message of ["Caches are complete", "Leadership is acquired", "Leadership is over"])
      expect(messages).toContain(message);
  });
});

/** All sources in a folder, one after the other. */
async function readSources(folder: string): Promise<string> {
  const names = await readdir(folder, { recursive: true });
  const files = names.filter((name) => name.endsWith(".ts"));
  return (await Promise.all(files.map((name) => readFile(join(folder, name), "utf8")))).join("\n");
}

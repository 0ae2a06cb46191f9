/** What a gateway does when the filter traps, which ends the VM of that worker. */
import { createHash } from "node:crypto";
import { readFile } from "node:fs/promises";
import { createServer } from "node:http";
import { join } from "node:path";
import { afterAll, afterEach, expect, test } from "vitest";
import type { FailStrategy } from "../../controller/render/istio/wasm-plugin.ts";
import { compileFilter } from "../../tools/build/filter.ts";
import { closeServer, listenOnLoopback } from "../../tools/demo/loopback.ts";
import { apiRule, jwtRule } from "../support/apirule.ts";
import { type Client, openClient } from "../support/client.ts";
import { eventually } from "../support/eventually.ts";
import { describeWithControlPlane } from "./environment/suite.ts";
import { expectState, expectStatus, useCluster } from "./support/cluster.ts";
import { type Replica, startReplica } from "./support/replica.ts";

const START_TIMEOUT_MS = 180_000;
const IN_FORCE_WITHIN_MS = 10_000;
/** Envoy reloads a VM a second after it has failed, at the next request. */
const RELOADED_WITHIN_MS = 5_000;
const HOST = "shop.local.test";

interface TrappingFilter {
  url: string;
  sha256: string;
  close(): Promise<void>;
}

describeWithControlPlane("a filter that traps", () => {
  let module: TrappingFilter;
  let replica: Replica | undefined;
  let client: Client;
  let reader: string;
  const cluster = useCluster(async () => {
    client = openClient(cluster.controlPlane.gateway.url);
    module = await serveTrappingFilter(cluster.controlPlane.folder);
    reader = await cluster.issuer.token({ scope: "read" });
    await cluster.apply(apiRule({ name: "shop", rules: [jwtRule("/", cluster.issuer, ["read"])] }));
  }, START_TIMEOUT_MS);
  afterEach(() => replica?.stop());
  afterAll(async () => {
    client?.close();
    await module?.close();
  });

  const start = async (failStrategy: FailStrategy) => {
    replica = await startReplica(cluster.controlPlane, {
      moduleUrl: module.url,
      arguments: [`--module-sha256=${module.sha256}`, `--fail-strategy=${failStrategy}`],
    });
    await eventually(async () => {
      const [plugin] = await cluster.list("wasmplugin");
      expect(plugin?.spec).toMatchObject({ failStrategy });
    }, IN_FORCE_WITHIN_MS);
    await expectState(cluster, "shop", "Ready", IN_FORCE_WITHIN_MS);
    await expectStatus(cluster, [HOST, "/", reader], 200, IN_FORCE_WITHIN_MS);
  };
  const trap = async () =>
    (
      await client.send({
        method: "GET",
        path: "/",
        headers: [
          ["host", HOST],
          ["authorization", `Bearer ${reader}`],
          ["x-trap", "1"],
        ],
      })
    ).status;

  test("FAIL_CLOSE: it refuses every request, and goes on doing so", async () => {
    await start("FAIL_CLOSE");
    const watch = cluster.watch(HOST, "/");
    expect(await trap()).toBe(503);
    await expect(expectStatus(cluster, [HOST, "/", reader], 200, RELOADED_WITHIN_MS)).rejects.toThrow("503");
    expect((await cluster.get("foreign.local.test", "/")).status).toBe(503);
    expect([...(await watch.stop()).keys()].sort()).toEqual([401, 503]);
  });

  test("FAIL_RELOAD: it refuses, starts again by itself, and checks as before", async () => {
    await start("FAIL_RELOAD");
    const watch = cluster.watch(HOST, "/");
    for (let round = 0; round < 3; round++) {
      expect(await trap()).toBe(503);
      await expectStatus(cluster, [HOST, "/", reader], 200, RELOADED_WITHIN_MS);
      await expectStatus(cluster, [HOST, "/"], 401, 0);
    }
    expect([...(await watch.stop()).keys()].sort()).toEqual([401, 503]);
  });
});

/** Builds the filter that traps on request, and serves it as the controller serves the real one. */
async function serveTrappingFilter(folder: string): Promise<TrappingFilter> {
  const file = join(folder, "trapping.wasm");
  await compileFilter(join("filter", "assembly", "testing", "trapping.ts"), file);
  const bytes = await readFile(file);
  const server = createServer((_, response) => response.end(bytes));
  const port = await listenOnLoopback(server, 0);
  const sha256 = createHash("sha256").update(bytes).digest("hex");
  return { url: `http://127.0.0.1:${port}/trapping.wasm`, sha256, close: () => closeServer(server) };
}

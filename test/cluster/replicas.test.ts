/** Several replicas of the controller: one leads, another takes over. */
import { setTimeout as delay } from "node:timers/promises";
import { afterEach, beforeEach, expect, test } from "vitest";
import { findFreePort } from "../../tools/demo/loopback.ts";
import { apiRule, jwtRule } from "../support/apirule.ts";
import { eventually } from "../support/eventually.ts";
import { describeWithControlPlane } from "./environment/suite.ts";
import { type Cluster, expectState, expectStatus, useCluster } from "./support/cluster.ts";
import { type Replica, startReplica } from "./support/replica.ts";

const TAKEN_OVER_WITHIN_MS = 15_000;
const HOST = "shop.local.test";

describeWithControlPlane("replicas", () => {
  let moduleUrl: string;
  let replicas: Replica[] = [];
  let watch: ReturnType<Cluster["watch"]>;
  const cluster = useCluster(async () => {
    moduleUrl = `http://127.0.0.1:${cluster.controlPlane.ports.controller}/tollgate.wasm`;
    replicas = [await start(cluster.controlPlane.ports.controller), await start(await findFreePort())];
    await edit("zero", TAKEN_OVER_WITHIN_MS);
    await expectStatus(cluster, [HOST, "/"], 401, TAKEN_OVER_WITHIN_MS);
  });
  beforeEach(() => {
    watch = cluster.watch(HOST, "/");
  });
  afterEach(async () => expect([...(await watch.stop()).keys()]).toEqual([401]));

  const start = (port: number) => startReplica(cluster.controlPlane, { port, moduleUrl });
  const leaders = async () => {
    const leading = await Promise.all(replicas.map((replica) => replica.metric("tollgate_leader")));
    return replicas.filter((_, index) => leading[index] === 1);
  };
  const edit = async (scope: string, withinMs: number) => {
    await cluster.apply(apiRule({ name: "shop", rules: [jwtRule("/", cluster.issuer, [scope])] }));
    await expectState(cluster, "shop", "Ready", withinMs);
  };

  test("one replica leads, and it gives the Lease back when it ends in order", async () => {
    await edit("one", TAKEN_OVER_WITHIN_MS);
    const [leader, ...others] = await leaders();
    expect(others).toEqual([]);
    await leader?.stop();
    await edit("two", 5_000);
    replicas = replicas.filter((replica) => replica !== leader);
    replicas.push(await start(portOf(leader)));
  });

  test("another replica takes over within 15 s when the leader is killed", async () => {
    const [leader] = await leaders();
    await leader?.kill();
    await edit("three", TAKEN_OVER_WITHIN_MS);
    replicas = replicas.filter((replica) => replica !== leader);
    replicas.push(await start(portOf(leader)));
  });

  test("a leader that was stopped and goes on writes nothing before it leads again", async () => {
    const [leader] = await leaders();
    if (leader === undefined) throw new Error("there is no leader");
    const written = await leader.metric("tollgate_writes_total");
    process.kill(leader.pid, "SIGSTOP");
    replicas = replicas.filter((replica) => replica !== leader);
    await edit("four", TAKEN_OVER_WITHIN_MS);
    process.kill(leader.pid, "SIGCONT");
    replicas.push(leader);
    await eventually(async () => expect(await leader.metric("tollgate_leader")).toBe(0), 5_000);
    await delay(1_000);
    expect(await leader.metric("tollgate_writes_total")).toBe(written);
    expect(await leaders()).toHaveLength(1);
  });
});

function portOf(replica: Replica | undefined): number {
  return Number(replica?.address.split(":")[1]);
}

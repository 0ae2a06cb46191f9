/** Who has a host keeps it, however old those are that come to want it. */
import { expect, test } from "vitest";
import { apiRule, openRule } from "../support/apirule.ts";
import { describeWithControlPlane } from "./environment/suite.ts";
import { expectState, expectStatus, useCluster } from "./support/cluster.ts";
import { type Replica, startReplica } from "./support/replica.ts";

const IN_FORCE_WITHIN_MS = 10_000;

describeWithControlPlane("a host that an APIRule has", () => {
  let replica: Replica;
  const cluster = useCluster(async ({ controlPlane }) => {
    replica = await startReplica(controlPlane);
  });

  const exposed = (name: string, host: string, path: string) =>
    apiRule({ name, host, rules: [openRule(path)] });
  const refusal = (host: string, owner: string) =>
    "Validation errors: Attribute '.spec.hosts[0]': Host is occupied by another Virtual Service: " +
    `${host} belongs to APIRule default/${owner}`;
  const expectBankServed = async () => {
    const { description } = await expectState(cluster, "old", "Error", IN_FORCE_WITHIN_MS);
    expect(description).toBe(refusal("bank.local.test", "victim"));
    await expectState(cluster, "victim", "Ready", IN_FORCE_WITHIN_MS);
    await expectStatus(cluster, ["bank.local.test", "/bank"], 200, 0);
    await expectStatus(cluster, ["bank.local.test", "/theft"], 404, 0);
    await expectStatus(cluster, ["mine.local.test", "/mine"], 200, 0);
  };

  test("stays with it when an older one is edited to have that host, also after a restart", async () => {
    await cluster.apply(exposed("old", "mine.local.test", "/mine"));
    await expectState(cluster, "old", "Ready", IN_FORCE_WITHIN_MS);
    await cluster.apply(exposed("victim", "bank.local.test", "/bank"));
    await expectState(cluster, "victim", "Ready", IN_FORCE_WITHIN_MS);
    for (const [host, path] of [
      ["bank", "/bank"],
      ["mine", "/mine"],
    ] as const)
      await expectStatus(cluster, [`${host}.local.test`, path], 200, IN_FORCE_WITHIN_MS);
    const watches = [cluster.watch("bank.local.test", "/bank"), cluster.watch("mine.local.test", "/mine")];
    await cluster.apply(exposed("old", "bank.local.test", "/theft"));
    await expectBankServed();
    await replica.stop();
    replica = await startReplica(cluster.controlPlane);
    await cluster.apply(exposed("afterwards", "afterwards.local.test", "/"));
    await expectState(cluster, "afterwards", "Ready", IN_FORCE_WITHIN_MS);
    await expectBankServed();
    for (const watch of watches) expect([...(await watch.stop()).keys()]).toEqual([200]);
  });

  test("stays with one that is refused since, and goes to another when it has left it", async () => {
    await cluster.apply(exposed("newcomer", "mine.local.test", "/new"));
    const { description } = await expectState(cluster, "newcomer", "Error", IN_FORCE_WITHIN_MS);
    expect(description).toBe(refusal("mine.local.test", "old"));
    await expectStatus(cluster, ["mine.local.test", "/mine"], 200, 0);
    await cluster.remove("victim");
    await expectState(cluster, "old", "Ready", IN_FORCE_WITHIN_MS);
    await expectStatus(cluster, ["bank.local.test", "/theft"], 200, IN_FORCE_WITHIN_MS);
    await expectState(cluster, "newcomer", "Ready", IN_FORCE_WITHIN_MS);
    await expectStatus(cluster, ["mine.local.test", "/new"], 200, IN_FORCE_WITHIN_MS);
  });
});

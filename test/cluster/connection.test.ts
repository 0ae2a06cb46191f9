/** The controller loses the API server while that goes on working, and others use it meanwhile. */
import { setTimeout as delay } from "node:timers/promises";
import { afterAll, afterEach, expect, test } from "vitest";
import { API_RULES } from "../../controller/cluster/resource-types.ts";
import { collectionPath } from "../../controller/kube/resource-type.ts";
import { findFreePort } from "../../tools/demo/loopback.ts";
import { apiRule, jwtRule } from "../support/apirule.ts";
import { eventually } from "../support/eventually.ts";
import { describeWithControlPlane } from "./environment/suite.ts";
import { expectState, expectStatus, useCluster } from "./support/cluster.ts";
import { openPassage, type Passage } from "./support/passage.ts";
import { type Replica, startReplica } from "./support/replica.ts";

const IN_FORCE_WITHIN_MS = 10_000;
const TAKEN_OVER_WITHIN_MS = 15_000;
/** istiod's watches need a while, too, when the API server starts again. */
const RESTARTED_WITHIN_MS = 40_000;
/** Calls on silent connections have to time out before the Lease can be taken; a silent watch is noticed after 100 s. */
const SILENCE_NOTICED_WITHIN_MS = 60_000;
const GATEWAY_TIMEOUT_SECONDS = 2;
/** By then a leader with an old picture would have sent the gateway what is in it. */
const REDELIVERED_AFTER_MS = 1_500 * GATEWAY_TIMEOUT_SECONDS;
const PATH = "/guarded";

describeWithControlPlane("the connection to the API server", () => {
  let passage: Passage;
  let replica: Replica;
  let tokens: { read: string; write: string };
  const cluster = useCluster(async ({ issuer, controlPlane }) => {
    passage = await openPassage(controlPlane);
    tokens = { read: await issuer.token({ scope: "read" }), write: await issuer.token({ scope: "write" }) };
    replica = await start(controlPlane.ports.controller, passage.kubeconfig);
  });
  afterEach(() => passage?.restore());
  afterAll(() => passage?.close());

  const host = (name: string) => `${name}.local.test`;
  const start = (port: number, kubeconfig: string) => {
    const moduleUrl = `http://127.0.0.1:${cluster.controlPlane.ports.controller}/tollgate.wasm`;
    const options = ["--grace=1", `--gateway-timeout=${GATEWAY_TIMEOUT_SECONDS}`];
    return startReplica(cluster.controlPlane, { port, kubeconfig, moduleUrl, arguments: options });
  };
  const demand = (name: string, scope: string) =>
    cluster.apply(apiRule({ name, rules: [jwtRule(PATH, cluster.issuer, [scope])] }));
  const inForce = async (name: string, scope: "read" | "write", withinMs: number) => {
    const wrong = scope === "read" ? "write" : "read";
    await expectStatus(cluster, [host(name), PATH, tokens[scope]], 200, withinMs);
    await expectStatus(cluster, [host(name), PATH, tokens[wrong]], 403, withinMs);
    await expectState(cluster, name, "Ready", withinMs);
  };

  test("watches that are cut go on, and miss nothing", async () => {
    await demand("cut", "read");
    await inForce("cut", "read", IN_FORCE_WITHIN_MS);
    const watch = cluster.watch(host("cut"), PATH);
    const logged = replica.log().length;
    passage.cut();
    await demand("cut", "write");
    await delay(1_000);
    await expectStatus(cluster, [host("cut"), PATH, tokens.read], 200, 0);
    passage.restore();
    await inForce("cut", "write", IN_FORCE_WITHIN_MS);
    expect([...(await watch.stop()).keys()]).toEqual([401]);
    expect(replica.log().slice(logged)).toContain("Watch has failed");
  });

  test("watches whose resource version has expired list again, and miss nothing", async () => {
    const { kubectl, parts } = cluster.controlPlane;
    for (const name of ["edited", "removed"]) {
      await demand(name, "read");
      await inForce(name, "read", IN_FORCE_WITHIN_MS);
    }
    const watch = cluster.watch(host("edited"), PATH);
    // Whoever begins to lead lists everything, so that nobody leads before the watches were refused.
    await giveLeaseTo("nobody", 3_600);
    await eventually(async () => expect(await replica.metric("tollgate_leader")).toBe(0), IN_FORCE_WITHIN_MS);
    const { metadata } = JSON.parse(await kubectl("get", "--raw", collectionPath(API_RULES))) as {
      metadata: { resourceVersion: string };
    };
    const logged = replica.log().length;
    passage.cut();
    await demand("edited", "write");
    await demand("added", "read");
    await kubectl("delete", "apirule", "removed", "--wait=false");
    await parts["api-server"].restart();
    const query = `watch=true&timeoutSeconds=1&resourceVersion=${metadata.resourceVersion}`;
    expect(await kubectl("get", "--raw", `${collectionPath(API_RULES)}?${query}`)).toContain('"code":410');
    passage.restore();
    await eventually(async () => {
      const lines = replica.log().slice(logged).split("\n");
      const expired = lines.filter((line) => line.includes("Watch has expired"));
      for (const resource of ["apirules", "virtualservices", "wasmplugins"])
        expect(expired.join("\n")).toContain(`"resource":"${resource}"`);
    }, IN_FORCE_WITHIN_MS);
    await giveLeaseTo("", 1);
    await inForce("edited", "write", RESTARTED_WITHIN_MS);
    await inForce("added", "read", RESTARTED_WITHIN_MS);
    await expectStatus(cluster, [host("removed"), PATH, tokens.read], 404, RESTARTED_WITHIN_MS);
    await eventually(async () => {
      expect(await cluster.read("apirule", "removed")).toBeUndefined();
    }, IN_FORCE_WITHIN_MS);
    expect([...(await watch.stop()).keys()]).toEqual([401]);
  });

  test("a replica that was cut off leads again from what there is then, not from what it knew", async () => {
    await demand("shared", "read");
    await inForce("shared", "read", IN_FORCE_WITHIN_MS);
    const other = await start(await findFreePort(), cluster.controlPlane.kubeconfig);
    try {
      passage.cut();
      await demand("shared", "write");
      await inForce("shared", "write", TAKEN_OVER_WITHIN_MS);
    } finally {
      await other.stop();
    }
    const watch = cluster.watch(host("shared"), PATH, tokens.read);
    passage.restore();
    await eventually(async () => expect(await replica.metric("tollgate_leader")).toBe(1), IN_FORCE_WITHIN_MS);
    await demand("afterwards", "read");
    await inForce("afterwards", "read", IN_FORCE_WITHIN_MS);
    expect([...(await watch.stop()).keys()]).toEqual([403]);
  });

  test("a replica whose watches have gone silent begins to lead from what there is", async () => {
    await demand("unheard", "read");
    await inForce("unheard", "read", IN_FORCE_WITHIN_MS);
    const other = await start(await findFreePort(), cluster.controlPlane.kubeconfig);
    try {
      await replica.stop();
      await eventually(async () => expect(await other.metric("tollgate_leader")).toBe(1), IN_FORCE_WITHIN_MS);
      replica = await start(cluster.controlPlane.ports.controller, passage.kubeconfig);
      passage.silence();
      await demand("unheard", "write");
      await inForce("unheard", "write", IN_FORCE_WITHIN_MS);
    } finally {
      await other.kill();
    }
    const watch = cluster.watch(host("unheard"), PATH, tokens.read);
    await demand("late", "read");
    await inForce("late", "read", SILENCE_NOTICED_WITHIN_MS);
    await delay(REDELIVERED_AFTER_MS);
    await inForce("unheard", "write", IN_FORCE_WITHIN_MS);
    expect([...(await watch.stop()).keys()]).toEqual([403]);
  });

  async function giveLeaseTo(holderIdentity: string, leaseDurationSeconds: number): Promise<void> {
    const patch = JSON.stringify({ spec: { holderIdentity, leaseDurationSeconds } });
    await cluster.controlPlane.kubectl(
      ...["patch", "lease", "tollgate", "--namespace=tollgate-system"],
      ...["--type=merge", `--patch=${patch}`],
    );
  }
});

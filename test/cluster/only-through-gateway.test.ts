/** Workloads that refuse whoever does not come through the gateway. */
import { afterAll, beforeAll, expect, test } from "vitest";
import type { KubernetesObject } from "../../controller/api/resources.ts";
import { apiRule, openRule } from "../support/apirule.ts";
import { eventually } from "../support/eventually.ts";
import { GATEWAY_NAME, GATEWAY_POD, ISTIO_NAMESPACE } from "./environment/istio-objects.ts";
import { describeWithControlPlane } from "./environment/suite.ts";
import { type Cluster, conditionsOf, expectState, expectStatus, startCluster } from "./support/cluster.ts";
import { type Replica, startReplica } from "./support/replica.ts";

const START_TIMEOUT_MS = 120_000;
const IN_FORCE_WITHIN_MS = 10_000;

describeWithControlPlane("onlyThroughGateway", () => {
  let cluster: Cluster;
  let replica: Replica;

  beforeAll(async () => {
    cluster = await startCluster();
    replica = await startReplica(cluster.controlPlane, { port: cluster.controlPlane.ports.controller });
  }, START_TIMEOUT_MS);
  afterAll(async () => {
    await replica?.stop();
    await cluster?.stop();
  });

  const exposed = (name: string, onlyThroughGateway?: boolean) => {
    const object = apiRule({ name, rules: [openRule("/open")] }) as KubernetesObject;
    return { ...object, spec: { ...(object.spec as object), onlyThroughGateway } };
  };
  const guards = () => cluster.list("authorizationpolicy");
  const guardOf = async () => (await guards()).map(({ metadata, spec }) => [metadata.namespace, spec]);
  const GUARD = {
    selector: { matchLabels: { app: "echo" } },
    action: "ALLOW",
    rules: [
      { from: [{ source: { principals: [`cluster.local/ns/${ISTIO_NAMESPACE}/sa/${GATEWAY_NAME}`] } }] },
    ],
  };

  test("admits the identity of the gateway alone, and is served through it", async () => {
    await cluster.apply(exposed("guarded", true));
    await expectState(cluster, "guarded", "Ready", IN_FORCE_WITHIN_MS);
    expect(await guardOf()).toEqual([["default", GUARD]]);
    await expectStatus(cluster, ["guarded.local.test", "/open"], 200, IN_FORCE_WITHIN_MS);
  });

  test("is repaired", async () => {
    const [guard] = await guards();
    const name = guard?.metadata.name ?? "";
    const { kubectl } = cluster.controlPlane;
    await kubectl("patch", "authorizationpolicy", name, "--type=merge", '--patch={"spec":{"action":"DENY"}}');
    await eventually(async () => expect(await guardOf()).toEqual([["default", GUARD]]), IN_FORCE_WITHIN_MS);
    await kubectl("delete", "authorizationpolicy", name);
    await eventually(async () => expect(await guardOf()).toEqual([["default", GUARD]]), IN_FORCE_WITHIN_MS);
  });

  test("goes with the wish for it, and with the APIRule", async () => {
    await cluster.apply(exposed("guarded", false));
    await eventually(async () => expect(await guards()).toEqual([]), IN_FORCE_WITHIN_MS);
    await cluster.apply(exposed("guarded", true));
    await eventually(async () => expect(await guardOf()).toEqual([["default", GUARD]]), IN_FORCE_WITHIN_MS);
    await cluster.remove("guarded");
    expect(await guards()).toEqual([]);
  });

  test("waits for a pod of the gateway, because nobody else knows its identity", async () => {
    const { kubectl } = cluster.controlPlane;
    const setReady = (status: "True" | "False") =>
      kubectl(
        ...["patch", "pod", GATEWAY_POD, `--namespace=${ISTIO_NAMESPACE}`, "--subresource=status"],
        ...["--type=strategic", `--patch={"status":{"conditions":[{"type":"Ready","status":"${status}"}]}}`],
      );
    await setReady("False");
    await cluster.apply(exposed("early", true));
    const status = await expectState(cluster, "early", "Warning", IN_FORCE_WITHIN_MS);
    expect(conditionsOf(status)).toContain("Programmed=False/GatewayIdentityUnknown");
    expect(await guards()).toEqual([]);
    await setReady("True");
    await expectState(cluster, "early", "Ready", IN_FORCE_WITHIN_MS);
    expect(await guardOf()).toEqual([["default", GUARD]]);
  });
});

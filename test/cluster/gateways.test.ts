/** Several Gateways on one gateway pod: every request is judged, whichever labels they select the pod by. */
import { expect, test } from "vitest";
import { apiRule, jwtRule, openRule } from "../support/apirule.ts";
import { eventually } from "../support/eventually.ts";
import { describeWithControlPlane } from "./environment/suite.ts";
import { conditionsOf, expectState, expectStatus, useCluster } from "./support/cluster.ts";
import { type Replica, startReplica } from "./support/replica.ts";

const IN_FORCE_WITHIN_MS = 10_000;
const GRACE_SECONDS = 1;

const BY_ISTIO = { istio: "ingressgateway" };
const BY_APP = { app: "istio-ingressgateway" };
const BY_BOTH = { ...BY_APP, ...BY_ISTIO };

describeWithControlPlane("Gateways of one pod", () => {
  let replica: Replica;
  let reader: string;
  const cluster = useCluster(async () => {
    replica = await start();
    reader = await cluster.issuer.token({ scope: "read" });
  });

  const start = () => startReplica(cluster.controlPlane, { arguments: [`--grace=${GRACE_SECONDS}`] });
  /** A Gateway for one host of its own, and an APIRule of the same name there. */
  const gateway = (name: string, selector?: Record<string, string>) => ({
    apiVersion: "networking.istio.io/v1",
    kind: "Gateway",
    metadata: { name, namespace: "kyma-system" },
    spec: {
      ...(selector && { selector }),
      servers: [
        {
          port: { number: cluster.controlPlane.ports.gateway, name: "http", protocol: "HTTP" },
          bind: "127.0.0.1",
          hosts: [hostOf(name)],
        },
      ],
    },
  });
  const hostOf = (name: string) => `${name}.shared.test`;
  const guarded = (name: string, scope = "read") => {
    const rules = [openRule("/open"), jwtRule("/guarded", cluster.issuer, [scope])];
    return apiRule({ name, host: hostOf(name), gateway: `kyma-system/${name}`, rules });
  };
  const selectors = async () =>
    (await cluster.list("wasmplugin"))
      .map(({ spec }) => (spec as { selector: { matchLabels: object } }).selector.matchLabels)
      .sort((a, b) => (JSON.stringify(a) < JSON.stringify(b) ? -1 : 1));
  const expectGuarded = async (name: string) => {
    await expectStatus(cluster, [hostOf(name), "/guarded", reader], 200, IN_FORCE_WITHIN_MS);
    await expectStatus(cluster, [hostOf(name), "/guarded"], 401, 0);
    await expectStatus(cluster, [hostOf(name), "/open"], 200, 0);
  };

  test("that select it by different labels serve their own rules, before and after a change", async () => {
    const watches = ["one", "two"].map((name) => cluster.watch(hostOf(name), "/guarded"));
    await cluster.apply(gateway("one", BY_ISTIO), guarded("one"));
    await expectState(cluster, "one", "Ready", IN_FORCE_WITHIN_MS);
    await cluster.apply(gateway("two", BY_APP), guarded("two", "write"));
    const status = await expectState(cluster, "two", "Ready", IN_FORCE_WITHIN_MS);
    expect(conditionsOf(status)).toContain("Enforced=True/Observed");
    expect(await selectors()).toEqual([BY_APP, BY_ISTIO]);
    await expectGuarded("one");
    await expectStatus(cluster, [hostOf("two"), "/guarded", reader], 403, IN_FORCE_WITHIN_MS);
    await cluster.apply(guarded("two"));
    await expectGuarded("two");
    await expectState(cluster, "one", "Ready", IN_FORCE_WITHIN_MS);
    for (const watch of watches) expect([...(await watch.stop()).keys()].sort()).toEqual([401, 404]);
  });

  test("more labels than another one take no WasmPlugin, and get one before the other goes", async () => {
    await cluster.apply(gateway("three", BY_BOTH), guarded("three"));
    await expectState(cluster, "three", "Ready", IN_FORCE_WITHIN_MS);
    expect(await selectors()).toEqual([BY_APP, BY_ISTIO]);
    await expectGuarded("three");
    const watch = cluster.watch(hostOf("three"), "/guarded");
    await cluster.remove("one");
    await cluster.remove("two");
    await eventually(async () => expect(await selectors()).toEqual([BY_BOTH]), 20_000);
    await expectGuarded("three");
    await cluster.apply(guarded("one"));
    await expectState(cluster, "one", "Ready", IN_FORCE_WITHIN_MS);
    await eventually(async () => expect(await selectors()).toEqual([BY_ISTIO]), 20_000);
    await expectGuarded("three");
    await expectGuarded("one");
    expect([...(await watch.stop()).keys()]).toEqual([401]);
  });

  test("a WasmPlugin that a stopped controller has left goes when its successor was seen", async () => {
    await replica.stop();
    await cluster.apply(gateway("one", BY_BOTH), gateway("three", BY_BOTH));
    const watch = cluster.watch(hostOf("three"), "/guarded");
    replica = await start();
    await eventually(async () => expect(await selectors()).toEqual([BY_BOTH]), 20_000);
    await expectGuarded("one");
    expect([...(await watch.stop()).keys()]).toEqual([401]);
  });

  test("a rule that comes back after the last one has gone is not served unchecked", async () => {
    for (const name of ["one", "three"]) await cluster.remove(name);
    await eventually(async () => expect(await selectors()).toEqual([]), 20_000);
    for (let round = 0; round < 3; round++) {
      const watch = cluster.watch(hostOf("one"), "/guarded");
      await cluster.apply(guarded("one"));
      await expectGuarded("one");
      await cluster.remove("one");
      await eventually(async () => expect(await selectors()).toEqual([]), 20_000);
      expect([...(await watch.stop()).keys()].sort()).toEqual([401, 404]);
    }
  });

  test("a Gateway without labels is refused", async () => {
    await cluster.apply(gateway("bare"), guarded("bare"));
    const { description } = await expectState(cluster, "bare", "Error", IN_FORCE_WITHIN_MS);
    expect(description).toContain("Attribute '.spec.gateway': the Gateway has no spec.selector");
    expect(await cluster.read("virtualservice", "tollgate-bare")).toBeUndefined();
  });
});

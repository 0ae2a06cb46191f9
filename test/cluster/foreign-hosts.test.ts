/** Hosts that VirtualServices of others have. */
import { afterAll, beforeAll, expect, test } from "vitest";
import { apiRule, openRule } from "../support/apirule.ts";
import { describeWithControlPlane } from "./environment/suite.ts";
import { type Cluster, conditionsOf, expectState, expectStatus, startCluster } from "./support/cluster.ts";
import { type Replica, startReplica } from "./support/replica.ts";

const START_TIMEOUT_MS = 120_000;
const IN_FORCE_WITHIN_MS = 10_000;

describeWithControlPlane("hosts of foreign VirtualServices", () => {
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

  const exposed = (name: string, host?: string) =>
    apiRule({ name, ...(host !== undefined && { host }), rules: [openRule("/open")] });
  const virtualService = (name: string, host: string, gateways = ["kyma-system/kyma-gateway"]) => ({
    apiVersion: "networking.istio.io/v1",
    kind: "VirtualService",
    metadata: { name, namespace: "default" },
    spec: { hosts: [host], gateways, http: [{ directResponse: { status: 418 } }] },
  });
  const removeVirtualService = (name: string) =>
    cluster.controlPlane.kubectl("delete", "virtualservice", name, "--namespace=default");

  test("an occupied host is refused until it is free", async () => {
    const host = "occupied.local.test";
    await cluster.apply(virtualService("legacy", host));
    await cluster.apply(exposed("occupied"));
    const status = await expectState(cluster, "occupied", "Error", IN_FORCE_WITHIN_MS);
    expect(status.description).toBe(
      "Validation errors: Attribute '.spec.hosts[0]': Host is occupied by another Virtual Service: " +
        "occupied.local.test belongs to VirtualService default/legacy",
    );
    expect(await cluster.read("virtualservice", "tollgate-occupied")).toBeUndefined();
    await expectStatus(cluster, [host, "/open"], 418, IN_FORCE_WITHIN_MS);
    await removeVirtualService("legacy");
    await expectState(cluster, "occupied", "Ready", IN_FORCE_WITHIN_MS);
    await expectStatus(cluster, [host, "/open"], 200, IN_FORCE_WITHIN_MS);
  });

  test("one that comes later is told, and the last good rules stay in force", async () => {
    const host = "later.local.test";
    await cluster.apply(exposed("later"));
    await expectState(cluster, "later", "Ready", IN_FORCE_WITHIN_MS);
    await cluster.apply(virtualService("intruder", host));
    const status = await expectState(cluster, "later", "Error", IN_FORCE_WITHIN_MS);
    expect(status.conditions?.find(({ type }) => type === "Programmed")?.message).toBe(
      "the APIRule is not accepted; the last accepted one is in force",
    );
    expect(await cluster.read("virtualservice", "tollgate-later")).toBeDefined();
    await expectStatus(cluster, [host, "/open"], 200, 0);
    await removeVirtualService("intruder");
    await expectState(cluster, "later", "Ready", IN_FORCE_WITHIN_MS);
  });

  test("VirtualServices of sidecars or of other Gateways occupy nothing", async () => {
    await cluster.apply(virtualService("in-mesh", "apart.local.test", ["mesh"]));
    await cluster.apply(virtualService("elsewhere", "apart.local.test", ["kyma-system/other"]));
    await cluster.apply(exposed("apart"));
    await expectState(cluster, "apart", "Ready", IN_FORCE_WITHIN_MS);
  });

  test("a wildcard beside a specific host is a warning", async () => {
    await cluster.apply(virtualService("wide", "*.wide.local.test"));
    await cluster.apply(exposed("narrow", "one.wide.local.test"));
    const status = await expectState(cluster, "narrow", "Ready", IN_FORCE_WITHIN_MS);
    expect(conditionsOf(status)).toContain("Accepted=True/AcceptedWithWarnings");
    expect(status.conditions?.[0]?.message).toContain(
      "VirtualService default/wide serves *.wide.local.test at the same Gateway",
    );
  });
});

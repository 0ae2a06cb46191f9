/** Hosts that VirtualServices of others have. */
import { expect, test } from "vitest";
import { apiRule, openRule } from "../support/apirule.ts";
import { describeWithControlPlane } from "./environment/suite.ts";
import { conditionsOf, expectState, expectStatus, useCluster } from "./support/cluster.ts";
import { startReplica } from "./support/replica.ts";

const IN_FORCE_WITHIN_MS = 10_000;

describeWithControlPlane("hosts of foreign VirtualServices", () => {
  const cluster = useCluster(({ controlPlane }) => startReplica(controlPlane));

  const exposed = (name: string, host?: string) =>
    apiRule({ name, ...(host !== undefined && { host }), rules: [openRule("/open")] });
  const virtualService = (name: string, host: string, gateways = ["kyma-system/kyma-gateway"]) => ({
    apiVersion: "networking.istio.io/v1",
    kind: "VirtualService",
    metadata: { name, namespace: "default" },
    spec: { hosts: [host], gateways, http: [{ directResponse: { status: 418 } }] },
  });
  const anotherGateway = (
    name: string,
    selector: Record<string, string>,
    hosts: string[] = ["*.local.test"],
  ) => {
    const port = { number: cluster.controlPlane.ports.gateway, name: "http", protocol: "HTTP" };
    const server = { port, bind: "127.0.0.1", hosts };
    const metadata = { name, namespace: "kyma-system" };
    const spec = { selector, servers: [server] };
    return { apiVersion: "networking.istio.io/v1", kind: "Gateway", metadata, spec };
  };
  const removeVirtualService = (name: string) =>
    cluster.controlPlane.kubectl("delete", "virtualservice", name, "--namespace=default");

  test("an occupied host is refused until it is free", async () => {
    const host = "occupied.local.test";
    await cluster.apply(virtualService("legacy", host));
    await cluster.apply(exposed("occupied"));
    const status = await expectState(cluster, "occupied", "Error", IN_FORCE_WITHIN_MS);
    expect(status.description).toBe(
      "Validation errors: Attribute '.spec.hosts[0]': Host is occupied by another Virtual Service: " +
        "occupied.local.test belongs to VirtualService default/legacy at the same Gateway",
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

  test("VirtualServices of sidecars, or at Gateways of other pods, occupy nothing", async () => {
    await cluster.apply(anotherGateway("other", { istio: "internal" }));
    await cluster.apply(virtualService("in-mesh", "apart.local.test", ["mesh"]));
    await cluster.apply(virtualService("elsewhere", "apart.local.test", ["kyma-system/other"]));
    await cluster.apply(exposed("apart"));
    await expectState(cluster, "apart", "Ready", IN_FORCE_WITHIN_MS);
  });

  test("a VirtualService at another Gateway of the same pods occupies its host", async () => {
    await cluster.apply(anotherGateway("second", { istio: "ingressgateway" }));
    await cluster.apply(virtualService("beside", "beside.local.test", ["kyma-system/second"]));
    await cluster.apply(exposed("beside"));
    const { description } = await expectState(cluster, "beside", "Error", IN_FORCE_WITHIN_MS);
    expect(description).toContain(
      "Host is occupied by another Virtual Service: beside.local.test belongs to VirtualService default/beside at the " +
        "Gateway kyma-system/second",
    );
    await expectStatus(cluster, ["beside.local.test", "/open"], 418, IN_FORCE_WITHIN_MS);
    await removeVirtualService("beside");
    await expectState(cluster, "beside", "Ready", IN_FORCE_WITHIN_MS);
  });

  test("VirtualServices that Istio keeps from the gateway occupy nothing", async () => {
    const host = "unserved.local.test";
    const reserved = ["tollgate-system/*.local.test", "./*.local.test", "*.other.test"];
    await cluster.apply(anotherGateway("reserved", { istio: "ingressgateway" }, reserved));
    const hidden = virtualService("hidden", host);
    await cluster.apply(
      virtualService("not-admitted", host, ["kyma-system/reserved"]),
      virtualService("at-no-gateway", host, ["kyma-system/missing"]),
      { ...hidden, spec: { ...hidden.spec, exportTo: ["."] } },
    );
    await expectStatus(cluster, [host, "/open"], 404, 0);
    await cluster.apply(exposed("unserved"));
    await expectState(cluster, "unserved", "Ready", IN_FORCE_WITHIN_MS);
    await expectStatus(cluster, [host, "/open"], 200, IN_FORCE_WITHIN_MS);
    await cluster.apply(hidden);
    await expectState(cluster, "unserved", "Error", IN_FORCE_WITHIN_MS);
    await removeVirtualService("hidden");
    await expectState(cluster, "unserved", "Ready", IN_FORCE_WITHIN_MS);
  });

  test("a VirtualService with the label of ours is foreign", async () => {
    const host = "forged.local.test";
    const { metadata, ...rest } = virtualService("in-disguise", host);
    const labels = { "app.kubernetes.io/managed-by": "tollgate" };
    await cluster.apply({ ...rest, metadata: { ...metadata, labels } });
    await expectStatus(cluster, [host, "/open"], 418, IN_FORCE_WITHIN_MS);
    await cluster.apply(exposed("forged"));
    const { description } = await expectState(cluster, "forged", "Error", IN_FORCE_WITHIN_MS);
    expect(description).toContain("belongs to VirtualService default/in-disguise at the same Gateway");
    await removeVirtualService("in-disguise");
    await expectState(cluster, "forged", "Ready", IN_FORCE_WITHIN_MS);
    await expectStatus(cluster, [host, "/open"], 200, IN_FORCE_WITHIN_MS);
  });

  test("a foreign VirtualService with the name of ours is left as it is, and told", async () => {
    const host = "of-somebody-else.local.test";
    await cluster.apply(virtualService("tollgate-named", host));
    await expectStatus(cluster, [host, "/open"], 418, IN_FORCE_WITHIN_MS);
    await cluster.apply(exposed("named"));
    const { description } = await expectState(cluster, "named", "Error", IN_FORCE_WITHIN_MS);
    expect(description).toBe(
      "VirtualServiceErrors: VirtualService default/tollgate-named is there already and does not belong to this APIRule",
    );
    await expectStatus(cluster, [host, "/open"], 418, 0);
    await removeVirtualService("tollgate-named");
    await expectState(cluster, "named", "Ready", IN_FORCE_WITHIN_MS);
    await cluster.remove("named");
    expect(await cluster.read("virtualservice", "tollgate-named")).toBeUndefined();
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

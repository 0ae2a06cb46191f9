/** Istio's CRDs: missing when the controller starts, and deleted while it runs. */
import { expect, test } from "vitest";
import { findFreePort } from "../../tools/demo/loopback.ts";
import { apiRule, jwtRule, openRule } from "../support/apirule.ts";
import { eventually } from "../support/eventually.ts";
import { ensureBinaries } from "./environment/binaries.ts";
import { describeWithControlPlane } from "./environment/suite.ts";
import { conditionsOf, expectState, expectStatus, useCluster } from "./support/cluster.ts";
import { type Replica, startReplica } from "./support/replica.ts";

const TOLD_WITHIN_MS = 10_000;
/** Istio, too, has to find out that a CRD is back. */
const IN_FORCE_WITHIN_MS = 30_000;

const VIRTUAL_SERVICES = "virtualservices.networking.istio.io";
const WASM_PLUGINS = "wasmplugins.extensions.istio.io";

describeWithControlPlane("CRDs that are missing", () => {
  let replica: Replica;
  let standby: Replica;
  const cluster = useCluster(async ({ controlPlane }) => {
    await remove(VIRTUAL_SERVICES, WASM_PLUGINS);
    replica = await startReplica(controlPlane);
    await eventually(async () => expect(await replica.metric("tollgate_leader")).toBe(1), TOLD_WITHIN_MS);
    standby = await startReplica(controlPlane, { port: await findFreePort() });
  });

  const remove = (...crds: string[]) => cluster.controlPlane.kubectl("delete", "crd", ...crds);
  const install = async () => {
    const file = (await ensureBinaries()).istioFile("istio-crds.yaml");
    await cluster.controlPlane.kubectl("apply", "--server-side", "--force-conflicts", "-f", file);
  };
  const guarded = (name: string) =>
    apiRule({ name, rules: [openRule("/open"), jwtRule("/guarded", cluster.issuer)] });
  const missing = (crd: string) =>
    `CRD ${crd} is not present. Make sure to install required dependencies for the component`;
  const expectToken = (name: string) =>
    expectStatus(cluster, [`${name}.local.test`, "/guarded"], 401, IN_FORCE_WITHIN_MS);

  test("every APIRule is told which, by the leader, and nothing else is written", async () => {
    await cluster.apply(
      guarded("early"),
      apiRule({ name: "wrong", rules: [openRule("/{**}"), openRule("/a")] }),
    );
    for (const name of ["early", "wrong"]) {
      const status = await expectState(cluster, name, "Warning", TOLD_WITHIN_MS);
      expect(status.description).toBe(`${missing(VIRTUAL_SERVICES)}\n${missing(WASM_PLUGINS)}`);
      expect(conditionsOf(status)).toEqual([
        "Accepted=Unknown/DependenciesMissing",
        "Programmed=False/DependenciesMissing",
        "Enforced=Unknown/DependenciesMissing",
        "KeysReady=Unknown/DependenciesMissing",
      ]);
    }
    expect(await replica.metric("tollgate_writes_total")).toBe(2);
    expect(await replica.metric("tollgate_writes_total", 'verb="apply_status"')).toBe(2);
    expect(await standby.metric("tollgate_writes_total")).toBe(0);
  });

  test("as soon as they are there, APIRules are judged and enforced", async () => {
    await install();
    await expectState(cluster, "wrong", "Error", TOLD_WITHIN_MS);
    await expectState(cluster, "early", "Ready", IN_FORCE_WITHIN_MS);
    await expectToken("early");
  });

  test("one that is deleted while the controller runs takes nothing else along", async () => {
    await cluster.apply(guarded("leaving"));
    await expectState(cluster, "leaving", "Ready", IN_FORCE_WITHIN_MS);
    await remove(WASM_PLUGINS);
    const told = async (name: string) => {
      const { description } = await expectState(cluster, name, "Warning", TOLD_WITHIN_MS);
      expect(description).toBe(missing(WASM_PLUGINS));
    };
    await eventually(() => told("early"), TOLD_WITHIN_MS);
    await cluster.controlPlane.kubectl("delete", "apirule", "leaving", "--wait=false");
    await cluster.apply(guarded("coming"));
    await eventually(() => told("coming"), TOLD_WITHIN_MS);
    expect((await fetch(`http://${replica.address}/readyz`)).status).toBe(200);
    for (const name of ["early", "leaving"])
      expect(await cluster.read("virtualservice", `tollgate-${name}`)).toBeDefined();
    expect(await cluster.read("virtualservice", "tollgate-coming")).toBeUndefined();
    expect(await cluster.read("apirule", "leaving")).toBeDefined();
  });

  test("when it is back, the work goes on", async () => {
    await install();
    for (const name of ["early", "coming"]) {
      await expectState(cluster, name, "Ready", IN_FORCE_WITHIN_MS);
      await expectToken(name);
    }
    await eventually(async () => {
      expect(await cluster.read("apirule", "leaving")).toBeUndefined();
      expect(await cluster.read("virtualservice", "tollgate-leaving")).toBeUndefined();
    }, TOLD_WITHIN_MS);
  });
});

/** APIRules in a cluster: what `kubectl apply` brings about, at the gateway and in the status. */
import { expect, test } from "vitest";
import type { KubernetesObject } from "../../controller/api/resources.ts";
import { apiRule, jwtRule, openRule } from "../support/apirule.ts";
import { eventually } from "../support/eventually.ts";
import { describeWithControlPlane } from "./environment/suite.ts";
import { conditionsOf, expectState, expectStatus, useCluster } from "./support/cluster.ts";
import { type Replica, startReplica } from "./support/replica.ts";

const IN_FORCE_WITHIN_MS = 5_000;
const REPAIRED_WITHIN_MS = 1_000;
const ROTATED_WITHIN_MS = 2_000;
const GRACE_SECONDS = 2;

describeWithControlPlane("APIRules in a cluster", () => {
  let replica: Replica;
  let reader: string;
  const cluster = useCluster(async () => {
    replica = await start();
    reader = await cluster.issuer.token({ scope: "read" });
  });
  const host = (name: string) => `${name}.local.test`;
  const start = () => startReplica(cluster.controlPlane, { arguments: [`--grace=${GRACE_SECONDS}`] });
  const guarded = (name: string, scopes: string[] = ["read"]) =>
    apiRule({ name, rules: [openRule("/open"), jwtRule("/guarded", cluster.issuer, scopes)] });
  const writes = () => replica.metric("tollgate_writes_total");

  test("an applied APIRule is enforced, and its status says so", async () => {
    const watch = cluster.watch(host("applied"), "/guarded");
    await cluster.apply(guarded("applied"));
    const status = await expectState(cluster, "applied", "Ready", IN_FORCE_WITHIN_MS);
    expect(status.description).toBe("Reconciled successfully");
    expect(conditionsOf(status)).toEqual([
      "Accepted=True/Accepted",
      "Programmed=True/Programmed",
      "Enforced=True/Observed",
      "KeysReady=True/KeysAvailable",
    ]);
    await expectStatus(cluster, [host("applied"), "/guarded", reader], 200, IN_FORCE_WITHIN_MS);
    await expectStatus(cluster, [host("applied"), "/open"], 200, IN_FORCE_WITHIN_MS);
    const writer = await cluster.issuer.token({ scope: "write" });
    await expectStatus(cluster, [host("applied"), "/guarded", writer], 403, IN_FORCE_WITHIN_MS);
    expect([...(await watch.stop()).keys()].sort()).toEqual([401, 404]);
    const events = await cluster.list("events.events.k8s.io");
    expect(events).toContainEqual(
      expect.objectContaining({
        reason: "Enforced",
        regarding: expect.objectContaining({ name: "applied" }),
      }),
    );
  });

  test("an edit is in force within two seconds, and no request passes unchecked meanwhile", async () => {
    await cluster.apply(guarded("edited"));
    await expectStatus(cluster, [host("edited"), "/guarded", reader], 200, IN_FORCE_WITHIN_MS);
    const watch = cluster.watch(host("edited"), "/guarded");
    await cluster.apply(guarded("edited", ["write"]));
    await expectStatus(cluster, [host("edited"), "/guarded", reader], 403, 2_000);
    await expectState(cluster, "edited", "Ready", IN_FORCE_WITHIN_MS);
    expect([...(await watch.stop()).keys()]).toEqual([401]);
  });

  test("an invalid edit is told, and the last good rules stay in force", async () => {
    await cluster.apply(guarded("invalid"));
    await expectState(cluster, "invalid", "Ready", IN_FORCE_WITHIN_MS);
    await cluster.apply(apiRule({ name: "invalid", rules: [openRule("/{**}"), openRule("/guarded")] }));
    const status = await expectState(cluster, "invalid", "Error", IN_FORCE_WITHIN_MS);
    expect(status.description).toMatch(/^Validation errors: Attribute '\.spec\.rules\[1\]': Path \/guarded/);
    expect(conditionsOf(status)[0]).toBe("Accepted=False/Invalid");
    await expectStatus(cluster, [host("invalid"), "/guarded"], 401, 0);
    await expectStatus(cluster, [host("invalid"), "/guarded", reader], 200, 0);
  });

  test("an APIRule becomes valid when what it was missing is there", async () => {
    const rule = { ...openRule("/"), service: { name: "later", port: 80 } };
    await cluster.apply(apiRule({ name: "early", rules: [rule] }));
    await expectState(cluster, "early", "Error", IN_FORCE_WITHIN_MS);
    const metadata = { name: "later", namespace: "default" };
    await cluster.apply({ apiVersion: "v1", kind: "Service", metadata, spec: { ports: [{ port: 80 }] } });
    await expectState(cluster, "early", "Ready", IN_FORCE_WITHIN_MS);
  });

  test("objects that somebody edits or deletes are repaired within a second", async () => {
    await cluster.apply(guarded("repaired"));
    await expectState(cluster, "repaired", "Ready", IN_FORCE_WITHIN_MS);
    const { kubectl } = cluster.controlPlane;
    const name = "tollgate-repaired";
    const intact = (await cluster.read("virtualservice", name))?.spec;
    const isIntact = () =>
      eventually(async () => {
        expect((await cluster.read("virtualservice", name))?.spec).toEqual(intact);
      }, REPAIRED_WITHIN_MS);
    const operations = [
      { op: "replace", path: "/spec/http/1/name", value: "mine" },
      { op: "add", path: "/spec/exportTo", value: ["."] },
    ];
    await kubectl("patch", "virtualservice", name, "--type=json", `--patch=${JSON.stringify(operations)}`);
    await isIntact();
    await kubectl("delete", "virtualservice", name);
    await isIntact();
    const [plugin] = await cluster.list("wasmplugin");
    const watch = cluster.watch(host("repaired"), "/guarded");
    await kubectl("delete", "wasmplugin", "--all", "--namespace=istio-system");
    await eventually(async () => {
      const decided = (object?: KubernetesObject) => {
        const { selector, pluginConfig } = (object?.spec ?? {}) as Record<string, unknown>;
        return { selector, pluginConfig };
      };
      expect((await cluster.list("wasmplugin")).map(decided)).toEqual([decided(plugin)]);
    }, REPAIRED_WITHIN_MS);
    await expectStatus(cluster, [host("repaired"), "/guarded", reader], 200, IN_FORCE_WITHIN_MS);
    expect((await watch.stop()).has(200)).toBe(false);
  });

  test("a deleted APIRule takes its routes along, and later its policies", async () => {
    const removed = guarded("removed", ["read", "write"]);
    const before = await policies();
    await cluster.apply(removed);
    await expectState(cluster, "removed", "Ready", IN_FORCE_WITHIN_MS);
    expect((await policies()).length).toBe(before.length + 1);
    const watch = cluster.watch(host("removed"), "/guarded");
    await cluster.remove("removed");
    expect(await cluster.read("virtualservice", "tollgate-removed")).toBeUndefined();
    await expectStatus(cluster, [host("removed"), "/guarded"], 404, IN_FORCE_WITHIN_MS);
    await eventually(async () => expect(await policies()).toEqual(before), GRACE_SECONDS * 1_000 + 5_000);
    expect((await watch.stop()).has(200)).toBe(false);
  });

  test("an unreachable issuer is told by its own APIRules alone, which refuse", async () => {
    const nowhere = { url: "https://nowhere.local.test", jwksUri: "http://127.0.0.1:9/jwks" };
    await cluster.apply(guarded("reachable"));
    await expectState(cluster, "reachable", "Ready", IN_FORCE_WITHIN_MS);
    await cluster.apply(apiRule({ name: "keyless", rules: [jwtRule("/guarded", nowhere)] }));
    const status = await expectState(cluster, "keyless", "Warning", IN_FORCE_WITHIN_MS);
    expect(conditionsOf(status)).toContain("KeysReady=False/KeysUnavailable");
    await expectStatus(cluster, [host("keyless"), "/guarded"], 401, IN_FORCE_WITHIN_MS);
    await expectState(cluster, "reachable", "Ready", 0);
  });

  test("rotated keys reach the gateway without any change of routes", async () => {
    await cluster.apply(guarded("rotated"));
    await expectState(cluster, "rotated", "Ready", IN_FORCE_WITHIN_MS);
    const routes = await replica.metric("tollgate_writes_total", 'resource="virtualservices"');
    await cluster.issuer.rotateKeys();
    const fresh = await cluster.issuer.token({ scope: "read" });
    const startedAt = performance.now();
    await eventually(async () => {
      expect((await cluster.get(host("rotated"), "/guarded", fresh)).status).toBe(200);
      expect((await cluster.get(host("rotated"), "/guarded", reader)).status).toBe(401);
    }, ROTATED_WITHIN_MS);
    console.info(`the rotated key was in force after ${Math.round(performance.now() - startedAt)} ms`);
    reader = fresh;
    expect(await replica.metric("tollgate_writes_total", 'resource="virtualservices"')).toBe(routes);
  });

  test("a restart writes nothing, and neither does a controller that is left alone", async () => {
    const versions = async () => {
      const all = await Promise.all(["apirule", "virtualservice", "wasmplugin"].map(cluster.list));
      return all.flat().map(({ kind, metadata }) => [kind, metadata.name, metadata.resourceVersion]);
    };
    await eventually(async () => {
      const before = await writes();
      await new Promise((resolve) => setTimeout(resolve, 1_000));
      expect(await writes()).toBe(before);
    }, 20_000);
    const before = await versions();
    expect(await replica.stop()).toBe(0);
    replica = await start();
    await eventually(async () => expect(await replica.metric("tollgate_leader")).toBe(1), 5_000);
    await cluster.apply(guarded("afterwards"));
    await expectState(cluster, "afterwards", "Ready", IN_FORCE_WITHIN_MS);
    const after = (await versions()).filter(([, name]) => !String(name).endsWith("afterwards"));
    expect(after).toEqual(before);
  });

  async function policies(): Promise<string[]> {
    const [plugin] = await cluster.list("wasmplugin");
    const spec = plugin?.spec as { pluginConfig?: { policies: { id: string }[] } } | undefined;
    return (spec?.pluginConfig?.policies ?? []).map(({ id }) => id);
  }
});

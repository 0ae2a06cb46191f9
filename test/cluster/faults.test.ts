/** Whatever fails: no request passes unchecked meanwhile, and what APIRules ask for comes about by itself. */
import { setTimeout as delay } from "node:timers/promises";
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from "vitest";
import type { PluginConfig } from "../../controller/api/plugin-config.ts";
import { apiRule, jwtRule, openRule } from "../support/apirule.ts";
import { eventually } from "../support/eventually.ts";
import { describeWithControlPlane } from "./environment/suite.ts";
import { type Cluster, conditionsOf, expectState, expectStatus, startCluster } from "./support/cluster.ts";
import { type Replica, startReplica } from "./support/replica.ts";

const START_TIMEOUT_MS = 120_000;
const RECOVERED_WITHIN_MS = 120_000;
const HOST = "guarded.local.test";

describeWithControlPlane("faults", () => {
  let cluster: Cluster;
  let replica: Replica;
  let reader: string;
  let writer: string;
  let watch: ReturnType<Cluster["watch"]>;

  beforeAll(async () => {
    cluster = await startCluster();
    replica = await start();
    reader = await cluster.issuer.token({ scope: "read" });
    writer = await cluster.issuer.token({ scope: "write" });
  }, START_TIMEOUT_MS);
  afterAll(async () => {
    await replica?.kill();
    await cluster?.stop();
  });
  beforeEach(async () => {
    await demand("read");
    await inForce("read", RECOVERED_WITHIN_MS);
    await eventually(async () => expect(await policyCount()).toBe(2), RECOVERED_WITHIN_MS);
    watch = cluster.watch(HOST, "/guarded");
  });
  afterEach(async () => {
    const statuses = await watch.stop();
    expect(statuses.get(200) ?? 0, "requests without token that passed").toBe(0);
    expect(statuses.get(401) ?? 0, "requests without token that were refused").toBeGreaterThan(0);
  });

  const start = (...parameters: string[]) =>
    startReplica(cluster.controlPlane, {
      port: cluster.controlPlane.ports.controller,
      arguments: ["--grace=1", "--gateway-timeout=5", ...parameters],
    });
  const demand = (scope: string) => {
    const rules = [openRule("/open"), jwtRule("/guarded", cluster.issuer, [scope])];
    return cluster.apply(apiRule({ name: "guarded", rules }));
  };
  const inForce = async (scope: "read" | "write", withinMs: number) => {
    const [right, wrong] = scope === "read" ? [reader, writer] : [writer, reader];
    await expectStatus(cluster, [HOST, "/guarded", right], 200, withinMs);
    await expectStatus(cluster, [HOST, "/guarded", wrong], 403, withinMs);
    await expectState(cluster, "guarded", "Ready", withinMs);
  };

  test.each([0, 15, 30, 60, 120, 200, 350, 600])(
    "the controller is killed %i ms after an edit",
    { timeout: 240_000 },
    async (afterMs) => {
      await demand("write");
      await delay(afterMs);
      await replica.kill();
      replica = await start();
      await inForce("write", RECOVERED_WITHIN_MS);
    },
  );

  test("the API server is away for 30 s", { timeout: 240_000 }, async () => {
    const { parts } = cluster.controlPlane;
    await parts["api-server"].kill();
    await delay(30_000);
    await parts["api-server"].start();
    await demand("write");
    await inForce("write", RECOVERED_WITHIN_MS);
    expect(replica.log()).toContain("Watch has failed");
  });

  test("istiod is away", { timeout: 240_000 }, async () => {
    const { istiod } = cluster.controlPlane.parts;
    await istiod.kill();
    try {
      await demand("write");
      const status = await expectState(cluster, "guarded", "Warning", 15_000);
      expect(status.description).toContain("failed calling webhook");
      await expectStatus(cluster, [HOST, "/guarded", reader], 200, 0);
    } finally {
      await istiod.start();
    }
    await inForce("write", RECOVERED_WITHIN_MS);
  });

  test("a gateway does not answer", { timeout: 240_000 }, async () => {
    const { gateway } = cluster.controlPlane.parts;
    const routes = await virtualService();
    await gateway.signal("SIGSTOP");
    try {
      await demand("never-seen");
      await eventually(async () => {
        const status = await expectState(cluster, "guarded", "Warning", 0);
        expect(conditionsOf(status)).toContain("Enforced=False/GatewaySilent");
      }, 60_000);
      expect(await virtualService()).toEqual(routes);
    } finally {
      await gateway.signal("SIGCONT");
    }
    await demand("write");
    await inForce("write", RECOVERED_WITHIN_MS);
  });

  test("another manager takes a field", async () => {
    const intact = await virtualService();
    const route = [{ destination: { host: "echo.default.svc.cluster.local" } }];
    const spec = { hosts: [HOST], gateways: ["kyma-system/kyma-gateway"], http: [{ name: "mine", route }] };
    await cluster.apply({ ...(await named("virtualservice", "tollgate-guarded")), spec });
    await eventually(async () => expect(await virtualService()).toEqual(intact), 2_000);
    await inForce("read", RECOVERED_WITHIN_MS);
  });

  test("somebody deletes the WasmPlugin", async () => {
    const { kubectl } = cluster.controlPlane;
    await kubectl("delete", "wasmplugin", "--all", "--namespace=istio-system");
    await eventually(async () => expect(await cluster.list("wasmplugin")).toHaveLength(1), 1_000);
    await inForce("read", RECOVERED_WITHIN_MS);
  });

  test("the configuration of the filter gets too large", { timeout: 240_000 }, async () => {
    await replica.stop();
    replica = await start("--max-plugin-bytes=10000");
    const scopes = Array.from({ length: 1_000 }, (_, index) => `scope-${index}`);
    await cluster.apply(apiRule({ name: "large", rules: [jwtRule("/", cluster.issuer, scopes)] }));
    const status = await expectState(cluster, "large", "Error", 10_000);
    expect(conditionsOf(status)).toContain("Programmed=False/ConfigurationTooLarge");
    expect(await cluster.read("virtualservice", "tollgate-large")).toBeUndefined();
    await inForce("read", 0);
    await cluster.remove("large");
    await demand("write");
    await inForce("write", RECOVERED_WITHIN_MS);
    await replica.stop();
    replica = await start();
  });

  test("a gateway starts while the filter cannot be fetched", { timeout: 240_000 }, async () => {
    await replica.kill();
    await cluster.controlPlane.parts.gateway.restart();
    await delay(12_000);
    replica = await start();
    await inForce("read", 60_000);
  });

  /** An edit is to need a policy that the gateway does not have yet. */
  async function policyCount(): Promise<number | undefined> {
    const [plugin] = await cluster.list("wasmplugin");
    return (plugin?.spec as { pluginConfig: PluginConfig } | undefined)?.pluginConfig.policies.length;
  }

  async function virtualService(): Promise<unknown> {
    return (await cluster.read("virtualservice", "tollgate-guarded"))?.spec;
  }

  async function named(kind: string, name: string): Promise<object> {
    const object = await cluster.read(kind, name);
    return { apiVersion: object?.apiVersion, kind: object?.kind, metadata: { name, namespace: "default" } };
  }
});

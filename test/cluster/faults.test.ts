/** Whatever fails: no request passes unchecked meanwhile, and what APIRules ask for comes about by itself. */
import { setTimeout as delay } from "node:timers/promises";
import { expect, test } from "vitest";
import { WASM_PLUGINS } from "../../controller/cluster/resource-types.ts";
import { apiRule, jwtRule } from "../support/apirule.ts";
import { eventually } from "../support/eventually.ts";
import { describeWithControlPlane } from "./environment/suite.ts";
import { conditionsOf, expectState, expectStatus } from "./support/cluster.ts";
import { GUARDED_HOST, GUARDED_PATH, useGuarded } from "./support/guarded.ts";
import { pluginConfigOf, seen } from "./support/seen.ts";

const RECOVERED_WITHIN_MS = 20_000;
/** The controller tries its watches again every 5 s at least, and its Lease every 1.5 s. */
const WRITTEN_WITHIN_MS = 8_000;
/**
 * istiod notices changes only when its own watches are back. Like every client of client-go it waits up to 30 s, and by
 * chance up to as long again, after a few attempts that failed.
 */
const ISTIOD_BACK_WITHIN_MS = 75_000;

describeWithControlPlane("faults", () => {
  const guarded = useGuarded();
  const { demand, inForce, start } = guarded;
  const routes = async () => (await guarded.virtualService())?.spec;

  test("the API server is away for 30 s", { timeout: 240_000 }, async () => {
    const { cluster, replica } = guarded;
    const { controlPlane } = cluster;
    const apiServer = controlPlane.parts["api-server"];
    await apiServer.kill();
    await delay(30_000);
    await apiServer.start();
    await demand("write");
    const demandedAt = performance.now();
    await seen(controlPlane, WASM_PLUGINS, ({ object }) => pluginConfigOf(object).policies.length === 3);
    expect(performance.now() - demandedAt).toBeLessThan(WRITTEN_WITHIN_MS);
    await inForce("write", ISTIOD_BACK_WITHIN_MS);
    expect(replica.log()).toContain("Watch has failed");
  });

  test("istiod is away", { timeout: 240_000 }, async () => {
    const { cluster, tokens } = guarded;
    const { istiod } = cluster.controlPlane.parts;
    await istiod.kill();
    try {
      await demand("write");
      const status = await expectState(cluster, "guarded", "Warning", 15_000);
      expect(status.description).toContain("failed calling webhook");
      await expectStatus(cluster, [GUARDED_HOST, GUARDED_PATH, tokens.read], 200, 0);
    } finally {
      await istiod.start();
    }
    await inForce("write", RECOVERED_WITHIN_MS);
  });

  test("a gateway does not answer", { timeout: 240_000 }, async () => {
    const { cluster } = guarded;
    const { gateway } = cluster.controlPlane.parts;
    const before = await routes();
    await gateway.signal("SIGSTOP");
    try {
      await demand("never-seen");
      await eventually(async () => {
        const status = await expectState(cluster, "guarded", "Warning", 0);
        expect(conditionsOf(status)).toContain("Enforced=False/GatewaySilent");
      }, 60_000);
      expect(await routes()).toEqual(before);
    } finally {
      await gateway.signal("SIGCONT");
    }
    await demand("write");
    await inForce("write", RECOVERED_WITHIN_MS);
  });

  test("another manager takes a field", async () => {
    const intact = await routes();
    const { apiVersion, kind } = (await guarded.virtualService()) ?? {};
    const http = [{ name: "mine", route: [{ destination: { host: "echo.default.svc.cluster.local" } }] }];
    await guarded.cluster.apply({
      ...{ apiVersion, kind, metadata: { name: "tollgate-guarded", namespace: "default" } },
      spec: { hosts: [GUARDED_HOST], gateways: ["kyma-system/kyma-gateway"], http },
    });
    await eventually(async () => expect(await routes()).toEqual(intact), 1_000);
    await inForce("read", RECOVERED_WITHIN_MS);
  });

  test("somebody deletes the WasmPlugin", async () => {
    const { kubectl } = guarded.cluster.controlPlane;
    await kubectl("delete", "wasmplugin", "--all", "--namespace=istio-system");
    await eventually(async () => expect(await guarded.cluster.list("wasmplugin")).toHaveLength(1), 1_000);
    await inForce("read", RECOVERED_WITHIN_MS);
  });

  test("the configuration of the filter gets too large", { timeout: 240_000 }, async () => {
    const { cluster } = guarded;
    await guarded.replica.stop();
    guarded.replica = await start("--max-plugin-bytes=10000");
    const scopes = Array.from({ length: 1_000 }, (_, index) => `scope-${index}`);
    await cluster.apply(apiRule({ name: "large", rules: [jwtRule("/", cluster.issuer, scopes)] }));
    const status = await expectState(cluster, "large", "Error", 10_000);
    expect(conditionsOf(status)).toContain("Programmed=False/ConfigurationTooLarge");
    expect(await cluster.read("virtualservice", "tollgate-large")).toBeUndefined();
    await inForce("read", 0);
    await cluster.remove("large");
    await demand("write");
    await inForce("write", RECOVERED_WITHIN_MS);
    await guarded.replica.stop();
    guarded.replica = await start();
  });

  test("a gateway starts while the filter cannot be fetched", { timeout: 240_000 }, async () => {
    await guarded.replica.kill();
    await guarded.cluster.controlPlane.parts.gateway.restart();
    await delay(12_000);
    guarded.replica = await start();
    await inForce("read", 60_000);
  });
});

/** Gateways get the filter out of a registry of images instead of from the controller. */
import { readFile } from "node:fs/promises";
import { afterEach, expect, test } from "vitest";
import { apiRule, jwtRule } from "../support/apirule.ts";
import { describeWithControlPlane } from "./environment/suite.ts";
import { conditionsOf, expectState, expectStatus, useCluster } from "./support/cluster.ts";
import { type ImageRegistry, startImageRegistry } from "./support/image-registry.ts";
import { type Replica, startReplica } from "./support/replica.ts";

const IN_FORCE_WITHIN_MS = 10_000;
const REPOSITORY = "tollgate/filter";
const HOST = "shop.local.test";

describeWithControlPlane("the filter as an image", () => {
  let registry: ImageRegistry;
  let digest: string;
  let replica: Replica | undefined;
  const cluster = useCluster(async () => {
    registry = await startImageRegistry(cluster.controlPlane);
    digest = await registry.publishFilter(REPOSITORY, "1");
    await cluster.apply(apiRule({ name: "shop", rules: [jwtRule("/", cluster.issuer, ["read"])] }));
  });
  afterEach(async () => {
    await replica?.stop();
    const { kubectl } = cluster.controlPlane;
    await kubectl("delete", "wasmplugin", "--all", "--namespace=istio-system");
  });

  const image = () => `${registry.address}/${REPOSITORY}`;
  const start = async (moduleUrl: string, ...parameters: string[]) => {
    replica = await startReplica(cluster.controlPlane, {
      moduleUrl,
      arguments: ["--gateway-timeout=2", ...parameters],
    });
  };
  const agentLog = () => readFile(cluster.controlPlane.parts.gateway.logFile, "utf8");

  test("an image that is not the expected one is not run, and nothing passes", async () => {
    const watch = cluster.watch(HOST, "/");
    await start(`oci://${image()}:1`, `--module-sha256=${"0".repeat(64)}`);
    const status = await expectState(cluster, "shop", "Warning", IN_FORCE_WITHIN_MS);
    expect(conditionsOf(status)).toContain("Enforced=False/GatewayNotUpdated");
    // No route at first; then Istio's agent has put a filter that refuses everything in place of this one.
    expect([...(await watch.stop()).keys()]).toEqual([404, 403]);
    expect(await agentLog()).toContain(`has checksum ${digest}, which does not match`);
  });

  test("by its tag, with the digest beside it", async () => {
    await start(`oci://${image()}:1`, `--module-sha256=${digest}`);
    await enforced();
    const [plugin] = await cluster.list("wasmplugin");
    expect(plugin?.spec).toMatchObject({ url: `oci://${image()}:1`, sha256: digest });
    expect(await agentLog()).toContain(`fetching image ${REPOSITORY} from registry ${registry.address}`);
  });

  test("by its digest", async () => {
    await start(`oci://${image()}@sha256:${digest}`);
    await enforced();
    const [plugin] = await cluster.list("wasmplugin");
    expect(plugin?.spec).not.toHaveProperty("sha256");
  });

  async function enforced(): Promise<void> {
    const { issuer } = cluster;
    const [reader, writer] = [await issuer.token({ scope: "read" }), await issuer.token({ scope: "write" })];
    await expectStatus(cluster, [HOST, "/", reader], 200, IN_FORCE_WITHIN_MS);
    await expectStatus(cluster, [HOST, "/", writer], 403, IN_FORCE_WITHIN_MS);
    await expectStatus(cluster, [HOST, "/"], 401, IN_FORCE_WITHIN_MS);
    await expectState(cluster, "shop", "Ready", IN_FORCE_WITHIN_MS);
  }
});

/** `kubectl apply -k deploy/`: what is installed is accepted, and the controller's rights suffice and are no more. */
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, test } from "vitest";
import { parse, stringify } from "yaml";
import { packageRoot } from "../../controller/standalone/installation.ts";
import { apiRule, jwtRule } from "../support/apirule.ts";
import { eventually } from "../support/eventually.ts";
import { describeWithControlPlane } from "./environment/suite.ts";
import { type Cluster, conditionsOf, expectState, expectStatus, useCluster } from "./support/cluster.ts";
import { startReplica } from "./support/replica.ts";

const IN_FORCE_WITHIN_MS = 10_000;
const SERVICE_ACCOUNT = "system:serviceaccount:tollgate-system:tollgate";

describeWithControlPlane("the deployment", () => {
  const cluster = useCluster(({ controlPlane }) =>
    controlPlane.kubectl("apply", "--server-side", "-k", join(packageRoot(), "deploy")),
  );

  test("applying it again changes nothing", async () => {
    const { kubectl } = cluster.controlPlane;
    const output = await kubectl("diff", "--server-side", "-k", join(packageRoot(), "deploy"));
    expect(output).toBe("");
  });

  test("a controller with the rights of its ServiceAccount does all of its work", async () => {
    const { controlPlane } = cluster;
    const replica = await startReplica(controlPlane, {
      kubeconfig: await kubeconfigOf(cluster),
      arguments: ["--grace=1"],
    });
    const reader = await cluster.issuer.token({ scope: "read" });
    await cluster.apply(apiRule({ name: "shop", rules: [jwtRule("/", cluster.issuer, ["read"])] }));
    const status = await expectState(cluster, "shop", "Ready", IN_FORCE_WITHIN_MS);
    expect(conditionsOf(status)).toContain("Enforced=True/Observed");
    await expectStatus(cluster, ["shop.local.test", "/", reader], 200, IN_FORCE_WITHIN_MS);
    const patch = JSON.stringify({ spec: { exportTo: ["."] } });
    await controlPlane.kubectl(
      ...["patch", "virtualservice", "tollgate-shop", "--type=merge", `--patch=${patch}`],
    );
    await eventually(async () => {
      expect((await cluster.read("virtualservice", "tollgate-shop"))?.spec).not.toHaveProperty("exportTo");
    }, 1_000);
    expect(await cluster.list("events.events.k8s.io")).toHaveLength(1);
    await expect(
      controlPlane.kubectl("delete", "wasmplugin", "--all", "--namespace=istio-system"),
    ).rejects.toThrow("This WasmPlugin belongs to Tollgate");
    await expect(
      controlPlane.kubectl("delete", "customresourcedefinition", "wasmplugins.extensions.istio.io"),
    ).rejects.toThrow("Without WasmPlugins gateways check nothing");
    await cluster.remove("shop");
    await eventually(async () => expect(await cluster.list("wasmplugin")).toEqual([]), 10_000);
    expect(await replica.stop()).toBe(0);
    expect(replica.log()).not.toMatch(/forbidden|cannot/i);
  });

  test.each([
    ["list", "secrets", "--all-namespaces"],
    ["create", "pods", "--all-namespaces"],
    ["update", "gateways.networking.istio.io", "--all-namespaces"],
    ["delete", "apirules.gateway.kyma-project.io", "--all-namespaces"],
    ["create", "wasmplugins.extensions.istio.io", "--namespace=default"],
    ["list", "configmaps", "--namespace=istio-system"],
    ["update", "leases.coordination.k8s.io", "--namespace=kube-system"],
  ])("the controller may not %s %s (%s)", async (verb, resource, where) => {
    const { kubectl } = cluster.controlPlane;
    await expect(
      kubectl("auth", "can-i", verb, resource, where, `--as=${SERVICE_ACCOUNT}`, "--quiet"),
    ).rejects.toThrow();
    await kubectl("auth", "can-i", "list", "apirules.gateway.kyma-project.io", `--as=${SERVICE_ACCOUNT}`);
  });
});

/** A kubeconfig with a token of the controller's ServiceAccount. */
async function kubeconfigOf({ controlPlane }: Cluster): Promise<string> {
  const { kubectl, folder } = controlPlane;
  const token = await kubectl("create", "token", "tollgate", "--namespace=tollgate-system");
  const config = parse(await kubectl("config", "view", "--raw", "--flatten")) as { users: object[] };
  const users = config.users.map((user) => ({ ...user, user: { token: token.trim() } }));
  const file = join(folder, "tollgate-kubeconfig");
  await writeFile(file, stringify({ ...config, users }), { mode: 0o600 });
  return file;
}

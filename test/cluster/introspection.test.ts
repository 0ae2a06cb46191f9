/** Introspection with the credentials of a client, with the rights of the controller's ServiceAccount and no more. */
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, test } from "vitest";
import type { PluginConfig } from "../../controller/api/plugin-config.ts";
import { packageRoot } from "../../controller/standalone/installation.ts";
import { INTROSPECTION_CLIENT } from "../../tools/demo/issuer.ts";
import { findFreePort } from "../../tools/demo/loopback.ts";
import { apiRule } from "../support/apirule.ts";
import { eventually } from "../support/eventually.ts";
import {
  formsOfSecret,
  introspectionRule,
  LOGIN_SECRET,
  loginSecret,
} from "../support/introspection-rule.ts";
import { describeWithControlPlane } from "./environment/suite.ts";
import { conditionsOf, expectState, expectStatus, useCluster } from "./support/cluster.ts";
import { type Replica, startReplica } from "./support/replica.ts";

const IN_FORCE_WITHIN_MS = 20_000;
const SERVICE_ACCOUNT = { namespace: "tollgate-system", name: "tollgate" };
const WRONG_CLIENT = { id: INTROSPECTION_CLIENT.id, secret: "a secret that nobody may see" };
const SAMPLE = join(packageRoot(), "deploy", "samples", "cluster", "introspection.yaml");

describeWithControlPlane("introspection with client credentials", () => {
  let leader: Replica;
  let follower: Replica;
  let followerRelay: number;
  const cluster = useCluster(async ({ controlPlane, issuer }) => {
    const { ports, kubectl } = controlPlane;
    await kubectl("apply", "--server-side", "-k", join(packageRoot(), "deploy", "rbac"));
    const kubeconfig = await controlPlane.kubeconfigOf(SERVICE_ACCOUNT);
    leader = await startReplica(controlPlane, { relayPort: ports.relay, kubeconfig });
    followerRelay = await findFreePort();
    follower = await startReplica(controlPlane, {
      ...{ port: await findFreePort(), relayPort: followerRelay, kubeconfig },
      moduleUrl: `http://${leader.address}/tollgate.wasm`,
    });
    const rule = introspectionRule("/", issuer.introspectionEndpoint, { maxCacheSeconds: 0 });
    await cluster.apply(loginSecret(INTROSPECTION_CLIENT), apiRule({ name: "opaque", rules: [rule] }));
  });

  async function expectAnswer(status: number): Promise<void> {
    const token = await cluster.issuer.token({ opaque: true });
    await expectStatus(cluster, ["opaque.local.test", "/", token], status, IN_FORCE_WITHIN_MS);
  }

  test("a Secret that the controller may not read is said, and tokens are refused", async () => {
    const status = await expectState(cluster, "opaque", "Warning", IN_FORCE_WITHIN_MS);
    expect(conditionsOf(status)).toContain("KeysReady=False/ClientCredentialsUnavailable");
    expect(status.description).toContain(`Secret default/${LOGIN_SECRET} cannot be read`);
    await expectAnswer(503);
  });

  test("the right to read that one Secret suffices", async () => {
    const sample = await readFile(SAMPLE, "utf8");
    const rights = sample
      .split("---\n")
      .filter((document) => /^kind: Role/m.test(document))
      .map((document) => document.replaceAll("tickets-login", LOGIN_SECRET));
    await cluster.controlPlane.kubectl.apply(rights.join("---\n"));
    await expectState(cluster, "opaque", "Ready", IN_FORCE_WITHIN_MS);
    await expectAnswer(200);
  });

  test("every replica relays, also the one that does not lead", async () => {
    const [plugin] = await cluster.list("wasmplugin");
    const spec = plugin?.spec as { pluginConfig: PluginConfig } | undefined;
    const path = spec?.pluginConfig.introspectionServers?.[0]?.path ?? "";
    expect(path).toMatch(/^\/introspect\/[0-9a-f]{24}$/);
    for (const port of [cluster.controlPlane.ports.relay, followerRelay]) {
      const body = new URLSearchParams({ token: await cluster.issuer.token({ opaque: true }) });
      const headers = { "content-type": "application/x-www-form-urlencoded" };
      const init = { method: "POST", headers, body: body.toString() };
      await eventually(async () => {
        const response = await fetch(`http://127.0.0.1:${port}${path}`, init);
        expect(await response.json()).toMatchObject({ active: true, iss: cluster.issuer.url });
      }, IN_FORCE_WITHIN_MS);
    }
  });

  test("a rotated Secret is in use without a restart", async () => {
    await cluster.apply(loginSecret(WRONG_CLIENT));
    await expectAnswer(503);
    await cluster.apply(loginSecret(INTROSPECTION_CLIENT));
    await expectAnswer(200);
  });

  test("credentials are nowhere but in the Secret", async () => {
    const { kubectl, gateway } = cluster.controlPlane;
    const kinds = "wasmplugins,virtualservices,apirules,events,configmaps,envoyfilters";
    const shown = await Promise.all([
      kubectl("get", kinds, "--all-namespaces", "--show-managed-fields", "-ojson"),
      ...["config_dump?include_eds", "stats", "clusters"].map(async (path) =>
        (await fetch(`${gateway.adminUrl}/${path}`)).text(),
      ),
      (await fetch(`http://${leader.address}/metrics`)).text(),
      readFile(cluster.controlPlane.parts.gateway.logFile, "utf8"),
    ]);
    const everything = [...shown, leader.log(), follower.log()].join("\n");
    expect(everything).toContain("/introspect/");
    expect(everything).toContain("the endpoint refuses the client credentials (status 401)");
    for (const client of [INTROSPECTION_CLIENT, WRONG_CLIENT])
      for (const secret of formsOfSecret(client)) expect(everything).not.toContain(secret);
  });

  test("the last good rule keeps being introspected while an edit of it is wrong", async () => {
    const rule = introspectionRule("/", "http://login.local.test/introspect#fragment");
    await cluster.apply(apiRule({ name: "opaque", rules: [rule] }));
    await expectState(cluster, "opaque", "Error", IN_FORCE_WITHIN_MS);
    await expectAnswer(200);
  });
});

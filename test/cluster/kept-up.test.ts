/** APIRules that are not accepted any more: what is in place of them goes on to be kept up. */
import { afterAll, expect, test } from "vitest";
import type { KubernetesObject } from "../../controller/api/resources.ts";
import { apiRule, jwtRule, openRule } from "../support/apirule.ts";
import { type RunningAuthorizers, startAuthorizers } from "../support/authorizer.ts";
import { eventually } from "../support/eventually.ts";
import { describeWithControlPlane } from "./environment/suite.ts";
import { conditionsOf, expectState, expectStatus, useCluster } from "./support/cluster.ts";
import { addAuthorizers } from "./support/mesh.ts";
import { type Replica, startReplica } from "./support/replica.ts";

const IN_FORCE_WITHIN_MS = 15_000;
const REPAIRED_WITHIN_MS = 2_000;
const HANDED_OVER_WITHIN_MS = 6_000;
const KIND = "authorizationpolicy";
const ISTIO = "istio-system";
const MAX_PLUGIN_BYTES = 10_000;
/** Too many for such a WasmPlugin. */
const SCOPES = Array.from({ length: 1_000 }, (_, index) => `scope-${index}`);

describeWithControlPlane("an APIRule that is not accepted any more", () => {
  let replica: Replica;
  let authorizers: RunningAuthorizers;
  const start = () =>
    startReplica(cluster.controlPlane, { arguments: [`--max-plugin-bytes=${MAX_PLUGIN_BYTES}`] });
  const cluster = useCluster(async () => {
    authorizers = await startAuthorizers();
    await addAuthorizers(cluster, authorizers);
    replica = await start();
    await cluster.apply(apiRule({ name: "refused", host: "*.refused.local.test", rules: [CHECKED] }));
    await expectStatus(cluster, ASKED, 403, IN_FORCE_WITHIN_MS);
    await expectState(cluster, "refused", "Ready", IN_FORCE_WITHIN_MS);
    await cluster.apply(apiRule({ name: "refused", host: "*.refused.local.test", rules: [UNKNOWN] }));
    await expectState(cluster, "refused", "Error", IN_FORCE_WITHIN_MS);
  });
  afterAll(() => authorizers?.close());

  const CHECKED = { path: "/", methods: ["GET"], extAuth: { authorizers: ["first"] } };
  const UNKNOWN = { path: "/", methods: ["GET"], extAuth: { authorizers: ["nobody"] } };
  const ASKED: [string, string] = ["any.refused.local.test", "/"];
  const policies = async (): Promise<KubernetesObject[]> =>
    (await cluster.list(KIND)).filter(
      ({ metadata }) => metadata.labels?.["apirule.gateway.kyma-project.io/name"] === "refused",
    );
  const expectOnePolicyWithout = (...hosts: string[]) =>
    eventually(async () => {
      const notHosts = (await policies()).map(({ spec }) => {
        const [rule] = (spec as { rules: { to: { operation: { notHosts?: string[] } }[] }[] }).rules;
        return rule?.to[0]?.operation.notHosts ?? [];
      });
      expect(notHosts).toEqual([hosts.flatMap((host) => [host, `${host}:*`])]);
    }, IN_FORCE_WITHIN_MS);

  test("asks nobody about hosts that others get below its wildcard", async () => {
    await cluster.apply(apiRule({ name: "one", host: "one.refused.local.test", rules: [openRule("/")] }));
    await expectStatus(cluster, ["one.refused.local.test", "/"], 200, IN_FORCE_WITHIN_MS);
    await expectOnePolicyWithout("one.refused.local.test");
    expect((await cluster.get(...ASKED)).status).toBe(403);
  });

  test("asks about them again when they are free", async () => {
    await cluster.remove("one");
    await expectOnePolicyWithout();
    await expectStatus(cluster, ["one.refused.local.test", "/"], 403, IN_FORCE_WITHIN_MS);
  });

  test("has its AuthorizationPolicy and its VirtualService repaired", async () => {
    const { kubectl } = cluster.controlPlane;
    const [intact] = await policies();
    const name = intact?.metadata.name ?? "";
    const routes = await cluster.read("virtualservice", "tollgate-refused");
    const isIntact = () =>
      eventually(async () => {
        expect((await cluster.read(KIND, name, ISTIO))?.spec).toEqual(intact?.spec);
        expect((await cluster.read("virtualservice", "tollgate-refused"))?.spec).toEqual(routes?.spec);
      }, REPAIRED_WITHIN_MS);
    const watch = cluster.watch(...ASKED);
    const patch = JSON.stringify({ spec: { rules: [{ to: [{ operation: { paths: ["/elsewhere"] } }] }] } });
    await kubectl("patch", KIND, name, `--namespace=${ISTIO}`, "--type=merge", `--patch=${patch}`);
    await isIntact();
    await kubectl("delete", KIND, name, `--namespace=${ISTIO}`);
    await isIntact();
    const open = JSON.stringify({ spec: { http: [{ directResponse: { status: 418 } }] } });
    await kubectl("patch", "virtualservice", "tollgate-refused", "--type=merge", `--patch=${open}`);
    await isIntact();
    await kubectl("delete", "virtualservice", "tollgate-refused");
    await isIntact();
    await expectStatus(cluster, ASKED, 403, IN_FORCE_WITHIN_MS);
    expect([...(await watch.stop()).keys()]).not.toContain(200);
    const status = await expectState(cluster, "refused", "Error", IN_FORCE_WITHIN_MS);
    expect(status.conditions?.find(({ type }) => type === "Enforced")?.message).toBe(
      "the APIRule is not accepted; the last accepted one is in force",
    );
  });

  test("keeps what it has over a restart of the controller, until it is accepted again", async () => {
    const [before] = await policies();
    await replica.stop();
    replica = await start();
    await cluster.apply(apiRule({ name: "one", host: "one.refused.local.test", rules: [openRule("/")] }));
    await expectState(cluster, "one", "Ready", IN_FORCE_WITHIN_MS);
    expect((await policies()).map(({ metadata }) => metadata.name)).toEqual([before?.metadata.name]);
    await cluster.apply(apiRule({ name: "refused", host: "*.refused.local.test", rules: [CHECKED] }));
    await expectStatus(cluster, ["one.refused.local.test", "/"], 200, IN_FORCE_WITHIN_MS);
    await expectOnePolicyWithout("one.refused.local.test");
  });

  test("asks nobody about hosts of others while a newer state of it is held back", async () => {
    const rules = [jwtRule("/large", cluster.issuer, SCOPES), CHECKED];
    await cluster.apply(apiRule({ name: "refused", host: "*.refused.local.test", rules }));
    const status = await expectState(cluster, "refused", "Error", IN_FORCE_WITHIN_MS);
    expect(conditionsOf(status)).toContain("Programmed=False/ConfigurationTooLarge");
    await cluster.apply(apiRule({ name: "two", host: "two.refused.local.test", rules: [openRule("/")] }));
    await expectStatus(cluster, ["two.refused.local.test", "/"], 200, IN_FORCE_WITHIN_MS);
    expect((await cluster.get(...ASKED)).status).toBe(403);
  });

  test("keeps the host that it is to give up while its newer state is held back", async () => {
    const host = "*.elsewhere.local.test";
    const rules = [jwtRule("/large", cluster.issuer, SCOPES), CHECKED];
    await cluster.apply(apiRule({ name: "refused", host, rules }));
    await cluster.apply(apiRule({ name: "heir", host: "*.refused.local.test", rules: [openRule("/")] }));
    const heir = await expectState(cluster, "heir", "Error", IN_FORCE_WITHIN_MS);
    expect(heir.description).toContain("belongs to APIRule default/refused");
    expect((await cluster.get(...ASKED)).status).toBe(403);
    const status = await expectState(cluster, "refused", "Error", IN_FORCE_WITHIN_MS);
    expect(conditionsOf(status)).toContain("Programmed=False/ConfigurationTooLarge");
    await cluster.apply(apiRule({ name: "refused", host, rules: [CHECKED] }));
    await expectStatus(cluster, ASKED, 200, HANDED_OVER_WITHIN_MS);
    await expectState(cluster, "heir", "Ready", IN_FORCE_WITHIN_MS);
  });
});

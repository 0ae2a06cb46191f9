/** A configuration that is too large to be written as it is: packed, enforced, read back, and watched for its size. */
import { afterAll, expect, test } from "vitest";
import { readPluginConfig } from "../../controller/api/packed-config.ts";
import type { PluginConfig } from "../../controller/api/plugin-config.ts";
import type { KubernetesObject } from "../../controller/api/resources.ts";
import type { ApiRuleStatus } from "../../controller/cluster/status.ts";
import { apiRule } from "../support/apirule.ts";
import { eventually } from "../support/eventually.ts";
import { type JwksProxy, startJwksProxy } from "../support/jwks-proxy.ts";
import { describeWithControlPlane } from "./environment/suite.ts";
import { conditionsOf, expectState, expectStatus, useCluster } from "./support/cluster.ts";
import { type Replica, startReplica } from "./support/replica.ts";

const IN_FORCE_WITHIN_MS = 30_000;
/** All of what is not needed goes in steps, each of which the gateway has to take over first. */
const PRUNED_WITHIN_MS = 60_000;
const API_RULES = 50;
const RULES = 50;
/** Part of the largest size that the first APIRules take; below the half of which the status tells. */
const SHARE = 0.4;

describeWithControlPlane("a large configuration", () => {
  let replica: Replica;
  let keys: JwksProxy;
  let tokens: { read: string; write: string };
  const cluster = useCluster(async () => {
    keys = await startJwksProxy(cluster.issuer.jwksUri);
    replica = await start();
    tokens = {
      read: await cluster.issuer.token({ scope: "read" }),
      write: await cluster.issuer.token({ scope: "write" }),
    };
  });
  afterAll(() => keys?.close());

  const start = (...options: string[]) =>
    startReplica(cluster.controlPlane, { arguments: ["--grace=1", ...options] });
  const restart = async (...options: string[]) => {
    expect(await replica.stop()).toBe(0);
    replica = await start(...options);
  };
  /** Every rule has a policy of its own, which admits the scope `read`, too. */
  const rule = (name: string, path: string) => ({
    path,
    methods: ["GET"],
    jwt: {
      authentications: [{ issuer: cluster.issuer.url, jwksUri: keys.url }],
      authorizations: [{ requiredScopes: ["read"] }, { requiredScopes: [`${name}${path}`] }],
    },
  });
  const manyRules = (name: string) =>
    apiRule({ name, rules: Array.from({ length: RULES }, (_, index) => rule(name, `/${index}`)) });
  const applyMany = (prefix: string) =>
    cluster.apply(...Array.from({ length: API_RULES }, (_, index) => manyRules(`${prefix}-${index}`)));
  const last = (prefix: string) => `${prefix}-${API_RULES - 1}`;
  const expectEnforced = async (name: string, path: string) => {
    const host = `${name}.local.test`;
    await expectStatus(cluster, [host, path, tokens.read], 200, IN_FORCE_WITHIN_MS);
    await expectStatus(cluster, [host, path, tokens.write], 403, 0);
    await expectStatus(cluster, [host, path], 401, 0);
  };
  const plugin = async () => {
    const [only, ...others] = await cluster.list("wasmplugin");
    expect(others).toEqual([]);
    return only as KubernetesObject & { spec: { pluginConfig: object } };
  };
  const bytes = () => replica.metric("tollgate_wasmplugin_bytes");
  const eventsAbout = async (reason: string) =>
    (await cluster.list("events.events.k8s.io")).filter((event) => event.reason === reason);
  const accepted = async (name: string) => {
    const status = (await cluster.read("apirule", name))?.status as ApiRuleStatus | undefined;
    return status?.conditions?.find(({ type }) => type === "Accepted");
  };

  test("is packed, and every policy in it is enforced", async () => {
    await applyMany("first");
    for (const name of ["first-0", last("first")]) {
      await expectState(cluster, name, "Ready", IN_FORCE_WITHIN_MS);
      await expectEnforced(name, `/${RULES - 1}`);
    }
    const { pluginConfig } = (await plugin()).spec;
    expect(Object.keys(pluginConfig).sort()).toEqual(["deflate", "inflatedBytes", "revision", "version"]);
    expect(configIn(pluginConfig).policies).toHaveLength(API_RULES * RULES);
  });

  test("is read back by the next controller, which writes none of it and keeps its keys", async () => {
    const before = await plugin();
    await keys.close();
    await restart();
    const status = await expectState(cluster, "first-0", "Warning", IN_FORCE_WITHIN_MS);
    expect(conditionsOf(status)).toContain("KeysReady=False/KeysNotRefreshed");
    expect((await plugin()).metadata.resourceVersion).toBe(before.metadata.resourceVersion);
    expect(await replica.metric("tollgate_writes_total", 'resource="virtualservices"')).toBe(0);
    await cluster.apply(apiRule({ name: "late", rules: [rule("late", "/")] }));
    await expectEnforced("late", "/");
    expect(configIn((await plugin()).spec.pluginConfig).keySets).toEqual(
      configIn(before.spec.pluginConfig).keySets,
    );
  });

  test("is told of in status, Event and metrics from the half of the largest size on", async () => {
    const max = Math.round((await bytes()) / SHARE);
    await restart(`--max-plugin-bytes=${max}`);
    expect(await replica.metric("tollgate_wasmplugin_max_bytes")).toBe(max);
    expect(await accepted("first-0")).toMatchObject({ reason: "Accepted" });
    await applyMany("second");
    await eventually(async () => {
      for (const name of ["first-0", last("second")]) {
        const { reason, message } = (await accepted(name)) ?? {};
        expect(reason).toBe("AcceptedWithWarnings");
        expect(message).toMatch(/\.spec\.gateway.*75 % or more of the \d+ bytes/);
      }
    }, IN_FORCE_WITHIN_MS);
    expect(await bytes()).toBeGreaterThan(0.75 * max);
    const [large] = await eventsAbout("ConfigurationLarge");
    expect(large).toMatchObject({ type: "Warning", regarding: { kind: "WasmPlugin" } });
    expect(large?.note).toMatch(new RegExp(`has \\d+ of at most ${max} bytes`));
  });

  test("is told of no more when it has become small, and its size goes with it", async () => {
    const { kubectl } = cluster.controlPlane;
    const names = (await cluster.list("apirule")).map(({ metadata }) => metadata.name);
    await kubectl("delete", "apirule", ...names.filter((name) => name !== "late"), "--wait=false");
    await eventually(async () => {
      expect((await plugin()).spec.pluginConfig).toMatchObject({ policies: [expect.anything()] });
    }, PRUNED_WITHIN_MS);
    expect(await eventsAbout("ConfigurationFits")).not.toEqual([]);
    await expectEnforced("late", "/");
    expect(await accepted("late")).toMatchObject({ reason: "Accepted" });
    await cluster.remove("late");
    await eventually(async () => expect(await cluster.list("wasmplugin")).toEqual([]), IN_FORCE_WITHIN_MS);
    const text = await (await fetch(`http://${replica.address}/metrics`)).text();
    expect(text).not.toContain("tollgate_wasmplugin_bytes{");
  });
});

function configIn(document: object): PluginConfig {
  const { config, problems } = readPluginConfig(document);
  if (config === undefined) throw new Error(`not a configuration: ${JSON.stringify(problems)}`);
  return config;
}

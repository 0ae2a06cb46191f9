/** External authorizers in a cluster: when their AuthorizationPolicies come and go, and that nobody passes unasked. */
import { afterAll, expect, test } from "vitest";
import type { KubernetesObject } from "../../controller/api/resources.ts";
import { apiRule, openRule } from "../support/apirule.ts";
import { EXTENSION_PROVIDERS, type RunningAuthorizers, startAuthorizers } from "../support/authorizer.ts";
import { eventually } from "../support/eventually.ts";
import { describeWithControlPlane } from "./environment/suite.ts";
import { conditionsOf, expectState, expectStatus, useCluster } from "./support/cluster.ts";
import { addAuthorizers, configureMesh } from "./support/mesh.ts";
import { type Replica, startReplica } from "./support/replica.ts";

const IN_FORCE_WITHIN_MS = 15_000;
const REPAIRED_WITHIN_MS = 1_000;
const KIND = "authorizationpolicy";
const ISTIO = "istio-system";

describeWithControlPlane("external authorization in a cluster", () => {
  let replica: Replica;
  let authorizers: RunningAuthorizers;
  const cluster = useCluster(async () => {
    authorizers = await startAuthorizers();
    await addAuthorizers(cluster, authorizers);
    replica = await startReplica(cluster.controlPlane);
  });
  afterAll(() => authorizers?.close());

  const checked = (path: string, ...names: string[]) => ({
    path,
    methods: ["GET"],
    extAuth: { authorizers: names },
  });
  const policiesOf = async (name: string): Promise<KubernetesObject[]> =>
    (await cluster.list(KIND)).filter(
      ({ metadata }) => metadata.labels?.["apirule.gateway.kyma-project.io/name"] === name,
    );
  const host = (name: string) => `${name}.local.test`;

  test("an APIRule without external authorizers has no AuthorizationPolicy", async () => {
    await cluster.apply(apiRule({ name: "plain", rules: [openRule("/")] }));
    await expectState(cluster, "plain", "Ready", IN_FORCE_WITHIN_MS);
    expect(await policiesOf("plain")).toEqual([]);
  });

  test("from the first route on nobody passes unasked", async () => {
    const watch = cluster.watch(host("fresh"), "/");
    await cluster.apply(apiRule({ name: "fresh", rules: [checked("/", "first")] }));
    await expectState(cluster, "fresh", "Ready", IN_FORCE_WITHIN_MS);
    await expectStatus(cluster, [host("fresh"), "/"], 403, IN_FORCE_WITHIN_MS);
    expect([...(await watch.stop()).keys()]).not.toContain(200);
  });

  test("a rule that gains an authorizer is never open, and one that loses it is never refused for that", async () => {
    const open = apiRule({ name: "turned", rules: [openRule("/other"), openRule("/")] });
    await cluster.apply(open);
    await expectStatus(cluster, [host("turned"), "/"], 200, IN_FORCE_WITHIN_MS);
    const gaining = cluster.watch(host("turned"), "/");
    await cluster.apply(apiRule({ name: "turned", rules: [openRule("/other"), checked("/", "first")] }));
    await expectStatus(cluster, [host("turned"), "/"], 403, IN_FORCE_WITHIN_MS);
    const asked = cluster.watch(host("turned"), "/");
    await expectState(cluster, "turned", "Ready", IN_FORCE_WITHIN_MS);
    expect([...(await asked.stop()).keys()]).not.toContain(200);
    expect([...(await gaining.stop()).keys()].sort()).toEqual(expect.arrayContaining([200, 403]));
    const losing = cluster.watch(host("turned"), "/");
    await cluster.apply(open);
    await expectStatus(cluster, [host("turned"), "/"], 200, IN_FORCE_WITHIN_MS);
    await eventually(async () => expect(await policiesOf("turned")).toEqual([]), IN_FORCE_WITHIN_MS);
    expect([...(await losing.stop()).keys()].sort()).toEqual([200, 403]);
  });

  test("an edit leaves the old AuthorizationPolicy until its routes are gone", async () => {
    await cluster.apply(apiRule({ name: "edited", rules: [checked("/a", "first")] }));
    await expectStatus(cluster, [host("edited"), "/a"], 403, IN_FORCE_WITHIN_MS);
    const [before] = await policiesOf("edited");
    const kept = cluster.watch(host("edited"), "/a");
    const rules = [checked("/a", "first"), checked("/b", "first")];
    await cluster.apply(apiRule({ name: "edited", rules }));
    await expectStatus(cluster, [host("edited"), "/b"], 403, IN_FORCE_WITHIN_MS);
    await eventually(async () => {
      const now = await policiesOf("edited");
      expect(now.map(({ metadata }) => metadata.name)).not.toContain(before?.metadata.name);
      expect(now).toHaveLength(1);
    }, IN_FORCE_WITHIN_MS);
    expect([...(await kept.stop()).keys()]).toEqual([403]);
  });

  test("AuthorizationPolicies that somebody edits or deletes are repaired within a second", async () => {
    await cluster.apply(apiRule({ name: "repaired", rules: [checked("/", "first")] }));
    await expectState(cluster, "repaired", "Ready", IN_FORCE_WITHIN_MS);
    const [intact] = await policiesOf("repaired");
    const name = intact?.metadata.name ?? "";
    const { kubectl } = cluster.controlPlane;
    const isIntact = () =>
      eventually(async () => {
        expect((await cluster.read(KIND, name, ISTIO))?.spec).toEqual(intact?.spec);
      }, REPAIRED_WITHIN_MS);
    const watch = cluster.watch(host("repaired"), "/");
    const patch = JSON.stringify({ spec: { rules: [{ to: [{ operation: { paths: ["/elsewhere"] } }] }] } });
    await kubectl("patch", KIND, name, `--namespace=${ISTIO}`, "--type=merge", `--patch=${patch}`);
    await isIntact();
    await kubectl("delete", KIND, name, `--namespace=${ISTIO}`);
    await isIntact();
    await expectStatus(cluster, [host("repaired"), "/"], 403, IN_FORCE_WITHIN_MS);
    expect([...(await watch.stop()).keys()]).not.toContain(200);
  });

  test("the authorizer of a wildcard is asked about a host until somebody else has it, and again when it is free", async () => {
    const one: [string, string] = ["one.wide.local.test", "/"];
    const two: [string, string] = ["two.wide.local.test", "/"];
    const wide = { name: "wide", host: "*.wide.local.test", rules: [checked("/", "first")] };
    await cluster.apply(apiRule(wide));
    await expectStatus(cluster, one, 403, IN_FORCE_WITHIN_MS);
    await cluster.apply(apiRule({ name: "one", host: one[0], rules: [openRule("/")] }));
    await expectStatus(cluster, one, 200, IN_FORCE_WITHIN_MS);
    const foreign = { name: "foreign", namespace: "default" };
    await cluster.apply({
      apiVersion: "networking.istio.io/v1",
      kind: "VirtualService",
      metadata: foreign,
      spec: {
        hosts: ["two.wide.local.test"],
        gateways: ["kyma-system/kyma-gateway"],
        http: [{ directResponse: { status: 418 } }],
      },
    });
    await expectStatus(cluster, two, 418, IN_FORCE_WITHIN_MS);
    await expectStatus(cluster, ["three.wide.local.test", "/"], 403, IN_FORCE_WITHIN_MS);
    const { conditions } = await expectState(cluster, "wide", "Ready", IN_FORCE_WITHIN_MS);
    expect(conditions?.find(({ type }) => type === "Accepted")?.message).toContain(
      "APIRule default/one serves one.wide.local.test at the same Gateway",
    );
    await cluster.remove("one");
    await cluster.controlPlane.kubectl("delete", "virtualservice", foreign.name);
    for (const request of [one, two]) await expectStatus(cluster, request, 403, IN_FORCE_WITHIN_MS);
  });

  test("no authorizer is asked where others have too many hosts below the wildcard to leave them out", async () => {
    const rules = Array.from({ length: 11 }, (_, index) => checked(`/${index}`, "first"));
    await cluster.apply(apiRule({ name: "crowded", host: "*.crowded.local.test", rules }));
    await expectStatus(cluster, ["any.crowded.local.test", "/0"], 403, IN_FORCE_WITHIN_MS);
    const crowd = {
      apiVersion: "networking.istio.io/v1",
      kind: "VirtualService",
      metadata: { name: "crowd", namespace: "default" },
      spec: {
        hosts: Array.from({ length: 1_000 }, (_, index) => `h${index}.crowded.local.test`),
        gateways: ["kyma-system/kyma-gateway"],
        http: [{ directResponse: { status: 418 } }],
      },
    };
    await cluster.apply(crowd);
    await expectStatus(cluster, ["h999.crowded.local.test", "/0"], 418, IN_FORCE_WITHIN_MS);
    await expectStatus(cluster, ["any.crowded.local.test", "/0"], 503, IN_FORCE_WITHIN_MS);
    const status = await expectState(cluster, "crowded", "Warning", IN_FORCE_WITHIN_MS);
    expect(conditionsOf(status)).toContain("Enforced=False/TooManyNarrowerHosts");
    expect(status.description).toContain("write fewer of them, or expose a narrower host");
    expect(await policiesOf("crowded")).toEqual([]);
    await cluster.controlPlane.kubectl("delete", "virtualservice", crowd.metadata.name);
    await expectStatus(cluster, ["any.crowded.local.test", "/0"], 403, IN_FORCE_WITHIN_MS);
    await expectState(cluster, "crowded", "Ready", IN_FORCE_WITHIN_MS);
  });

  test("the authorizer of a wildcard is asked about a host of a VirtualService that Istio does not serve", async () => {
    const hidden: [string, string] = ["hidden.high.local.test", "/"];
    await cluster.apply({
      apiVersion: "networking.istio.io/v1",
      kind: "VirtualService",
      metadata: { name: "hidden", namespace: "default" },
      spec: {
        ...{ hosts: [hidden[0]], gateways: ["kyma-system/kyma-gateway"], exportTo: ["."] },
        http: [{ directResponse: { status: 418 } }],
      },
    });
    const host = "*.high.local.test";
    await cluster.apply(apiRule({ name: "high", host, rules: [checked("/", "first")] }));
    await expectStatus(cluster, ["other.high.local.test", "/"], 403, IN_FORCE_WITHIN_MS);
    await expectStatus(cluster, hidden, 403, 0);
    const { conditions } = await expectState(cluster, "high", "Ready", IN_FORCE_WITHIN_MS);
    expect(conditions?.find(({ type }) => type === "Accepted")?.reason).toBe("Accepted");
  });

  test("one that nobody needs is taken away, also if it came while no controller ran", async () => {
    await cluster.apply(apiRule({ name: "stray", rules: [checked("/", "first")] }));
    await expectState(cluster, "stray", "Ready", IN_FORCE_WITHIN_MS);
    const [wanted] = await policiesOf("stray");
    if (wanted === undefined) throw new Error("there is no AuthorizationPolicy");
    const { labels = {} } = wanted.metadata;
    const copy = (name: string, owner: string) => ({
      ...{ apiVersion: wanted.apiVersion, kind: wanted.kind, spec: wanted.spec },
      metadata: {
        ...{ name, namespace: ISTIO },
        labels: { ...labels, "apirule.gateway.kyma-project.io/name": owner },
      },
    });
    await replica.stop();
    await cluster.apply(copy("of-a-known-one", "stray"), copy("of-nobody", "nobody"));
    replica = await startReplica(cluster.controlPlane);
    await eventually(async () => {
      const left = [...(await policiesOf("stray")), ...(await policiesOf("nobody"))];
      expect(left.map(({ metadata }) => metadata.name)).toEqual([wanted.metadata.name]);
    }, IN_FORCE_WITHIN_MS);
  });

  test("a deleted APIRule takes its AuthorizationPolicies along", async () => {
    await cluster.apply(apiRule({ name: "removed", rules: [checked("/", "first", "second")] }));
    await expectState(cluster, "removed", "Ready", IN_FORCE_WITHIN_MS);
    expect(await policiesOf("removed")).toHaveLength(2);
    await cluster.remove("removed");
    expect(await policiesOf("removed")).toEqual([]);
  });

  test("whoever claims one of his own to be of an APIRule cannot keep that from going", async () => {
    await cluster.apply(apiRule({ name: "claimed", rules: [checked("/", "first")] }));
    await expectState(cluster, "claimed", "Ready", IN_FORCE_WITHIN_MS);
    const [own] = await policiesOf("claimed");
    const { labels = {} } = own?.metadata ?? {};
    const forged = { name: "forged", namespace: "default", labels, finalizers: ["example.com/mine"] };
    const spec = { selector: { matchLabels: { app: "nobody" } } };
    await cluster.apply({ apiVersion: own?.apiVersion, kind: own?.kind, metadata: forged, spec });
    await cluster.remove("claimed");
    expect((await policiesOf("claimed")).map(({ metadata }) => metadata.name)).toEqual(["forged"]);
    const patch = '--patch={"metadata":{"finalizers":null}}';
    await cluster.controlPlane.kubectl("patch", KIND, "forged", "--type=merge", patch);
    await eventually(async () => expect(await policiesOf("claimed")).toEqual([]), IN_FORCE_WITHIN_MS);
  });

  test("a provider that leaves the mesh configuration is told, and the last good rules stay in force", async () => {
    await cluster.apply(apiRule({ name: "known", rules: [checked("/", "second")] }));
    await expectStatus(cluster, [host("known"), "/"], 403, IN_FORCE_WITHIN_MS);
    const before = await policiesOf("known");
    await configureMesh(cluster, { extensionProviders: [] });
    const status = await expectState(cluster, "known", "Error", IN_FORCE_WITHIN_MS);
    expect(status.description).toContain(
      "Attribute '.spec.rules[0].extAuth.externalAuthorizers.second': Authorizer not found in Istio ConfigMap mesh data",
    );
    expect(conditionsOf(status)[0]).toBe("Accepted=False/Invalid");
    expect(await policiesOf("known")).toEqual(before);
    expect((await cluster.get(host("known"), "/")).status).toBeGreaterThanOrEqual(400);
    await configureMesh(cluster, { extensionProviders: EXTENSION_PROVIDERS });
    await expectState(cluster, "known", "Ready", IN_FORCE_WITHIN_MS);
    await expectStatus(cluster, [host("known"), "/"], 403, IN_FORCE_WITHIN_MS);
  });
});

/** The rights that deploy/ gives to the controller: none is missing, and none is there that it does not need. */
import { join } from "node:path";
import { expect, test } from "vitest";
import type { KubernetesObject } from "../../controller/api/resources.ts";
import { packageRoot } from "../../controller/standalone/installation.ts";
import { apiRule, jwtRule, openRule } from "../support/apirule.ts";
import { SILENT_AUTHORIZERS } from "../support/authorizer.ts";
import { eventually } from "../support/eventually.ts";
import { type AuditedRequest, readAuditLog } from "./environment/audit.ts";
import { describeWithControlPlane } from "./environment/suite.ts";
import { type Cluster, expectState, useCluster } from "./support/cluster.ts";
import { addAuthorizers } from "./support/mesh.ts";
import { startReplica } from "./support/replica.ts";

const IN_FORCE_WITHIN_MS = 10_000;
const REPAIRED_WITHIN_MS = 2_000;
const SERVICE_ACCOUNT = { namespace: "tollgate-system", name: "tollgate" };

describeWithControlPlane("the rights of the controller", () => {
  const cluster = useCluster(async () => {
    await cluster.controlPlane.kubectl("apply", "--server-side", "-k", join(packageRoot(), "deploy"));
    await workThroughEverything(cluster);
  });

  test("none is missing", async () => {
    const requests = await readAuditLog(cluster.controlPlane.folder);
    expect(requests.length).toBeGreaterThan(0);
    expect(requests.filter(({ code }) => code === 403)).toEqual([]);
  });

  test("each one is needed", async () => {
    const granted = await grantedRights(cluster);
    const requests = await readAuditLog(cluster.controlPlane.folder);
    const used = new Set(requests.flatMap(rightsOf));
    expect(granted.filter((right) => !used.has(right))).toEqual([]);
  });
});

/** Has a controller do everything that it ever does. */
async function workThroughEverything(cluster: Cluster): Promise<void> {
  const { controlPlane, issuer } = cluster;
  const { kubectl } = controlPlane;
  const replica = await startReplica(controlPlane, {
    kubeconfig: await controlPlane.kubeconfigOf(SERVICE_ACCOUNT),
    arguments: ["--grace=1"],
  });
  for (const name of ["kept", "removed"]) {
    await cluster.apply(apiRule({ name, rules: [openRule("/open"), jwtRule("/", issuer)] }));
    await expectState(cluster, name, "Ready", IN_FORCE_WITHIN_MS);
  }
  await addAuthorizers(cluster, SILENT_AUTHORIZERS);
  for (const name of ["asked", "asked-no-more"]) {
    const rule = { path: "/", methods: ["GET"], extAuth: { authorizers: ["first"] } };
    await cluster.apply(apiRule({ name, rules: [rule] }));
    await expectState(cluster, name, "Ready", IN_FORCE_WITHIN_MS);
  }
  const [policy] = await cluster.list("authorizationpolicy");
  const { name: policyName = "", namespace: gatewayNamespace = "" } = policy?.metadata ?? {};
  await repairs(cluster, "authorizationpolicy", policyName, gatewayNamespace, {
    spec: { selector: { matchLabels: { mine: "mine" } } },
  });
  await kubectl(
    "delete",
    "validatingadmissionpolicybinding",
    "tollgate-protect-wasmplugins",
    "--ignore-not-found",
  );
  await repairs(cluster, "virtualservice", "tollgate-kept", "default", { spec: { exportTo: ["."] } });
  const [plugin] = await cluster.list("wasmplugin");
  const { name = "", namespace = "" } = plugin?.metadata ?? {};
  await repairs(cluster, "wasmplugin", name, namespace, { spec: { verificationKey: "mine" } });
  await cluster.remove("asked-no-more");
  await cluster.remove("asked");
  await cluster.remove("removed");
  await cluster.remove("kept");
  await eventually(async () => expect(await cluster.list("wasmplugin")).toEqual([]), IN_FORCE_WITHIN_MS);
  expect(await replica.stop()).toBe(0);
}

/** Adds a field to an object, and waits until the controller has removed it. */
async function repairs(
  cluster: Cluster,
  kind: string,
  name: string,
  namespace: string,
  patch: object,
): Promise<void> {
  const intact = (await cluster.read(kind, name, namespace))?.spec;
  await eventually(
    async () =>
      void (await cluster.controlPlane.kubectl(
        ...["patch", kind, name, `--namespace=${namespace}`],
        ...["--type=merge", `--patch=${JSON.stringify(patch)}`],
      )),
    IN_FORCE_WITHIN_MS,
  );
  await eventually(async () => {
    expect((await cluster.read(kind, name, namespace))?.spec).toEqual(intact);
  }, REPAIRED_WITHIN_MS);
}

interface Role extends KubernetesObject {
  rules: { apiGroups: string[]; resources: string[]; verbs: string[] }[];
}

/** What the roles of deploy/rbac allow, as `verb group/resource`; in one namespace, as `verb group/resource namespace`. */
async function grantedRights({ controlPlane: { kubectl } }: Cluster): Promise<string[]> {
  const folder = join(packageRoot(), "deploy", "rbac");
  const { items } = JSON.parse(await kubectl("get", "-k", folder, "-ojson")) as { items: Role[] };
  return items
    .filter(({ kind }) => kind === "ClusterRole" || kind === "Role")
    .flatMap(({ metadata: { namespace }, rules }) =>
      rules.flatMap(({ apiGroups, resources, verbs }) =>
        apiGroups.flatMap((group) =>
          resources.flatMap((resource) => verbs.map((verb) => rightName(verb, group, resource, namespace))),
        ),
      ),
    );
}

/** The rights that a request takes, wherever they are given. Applying an object that is not there creates it. */
function rightsOf({ verb, group, resource, namespace, code }: AuditedRequest): string[] {
  const verbs = verb === "patch" && code === 201 ? ["patch", "create"] : [verb];
  return verbs.flatMap((each) => [
    rightName(each, group, resource),
    ...(namespace === undefined ? [] : [rightName(each, group, resource, namespace)]),
  ]);
}

function rightName(verb: string, group: string, resource: string, namespace?: string): string {
  return `${verb} ${group}/${resource}${namespace === undefined ? "" : ` ${namespace}`}`;
}

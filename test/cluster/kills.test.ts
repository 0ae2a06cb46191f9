/** The controller is killed at every step of what it does, and what APIRules ask for comes about all the same. */
import { expect, test } from "vitest";
import type { KubernetesObject } from "../../controller/api/resources.ts";
import { API_RULES, VIRTUAL_SERVICES, WASM_PLUGINS } from "../../controller/cluster/resource-types.ts";
import { apiRule, jwtRule } from "../support/apirule.ts";
import { eventually } from "../support/eventually.ts";
import type { ControlPlane } from "./environment/control-plane.ts";
import { describeWithControlPlane } from "./environment/suite.ts";
import { expectState, expectStatus } from "./support/cluster.ts";
import { useGuarded } from "./support/guarded.ts";
import { type Change, pluginConfigOf, seen, seenAtGateway } from "./support/seen.ts";

/** A step, and how it is seen; for edits from what there was before. */
type Step<Before extends unknown[] = []> = [
  step: string,
  passed: (plane: ControlPlane, ...before: Before) => Promise<unknown>,
];

interface BeforeEdit {
  generation: number;
  revision: string;
  routes: string;
}

const RECOVERED_WITHIN_MS = 20_000;

const policiesIn = (plugin: KubernetesObject) => pluginConfigOf(plugin).policies.length;
const isNamed = ({ object }: Change, name: string) => object.metadata.name === name;

/** Two policies are in force at the beginning, and the edit needs a third. */
const EDIT: Step<[BeforeEdit]>[] = [
  ["at once", async () => {}],
  [
    "when it has written the WasmPlugin",
    (plane) => seen(plane, WASM_PLUGINS, ({ object }) => policiesIn(object) === 3),
  ],
  [
    "when the gateway runs the new policy",
    async (plane) =>
      seenAtGateway(plane, await seen(plane, WASM_PLUGINS, ({ object }) => policiesIn(object) === 3)),
  ],
  [
    "when it has written the VirtualService",
    (plane, { routes }) =>
      seen(
        plane,
        VIRTUAL_SERVICES,
        (change) => isNamed(change, "tollgate-guarded") && JSON.stringify(change.object.spec) !== routes,
      ),
  ],
  [
    "when it has written the status",
    (plane, { generation }) =>
      seen(plane, API_RULES, (change) => {
        const { observedGeneration = 0 } = (change.object.status ?? {}) as { observedGeneration?: number };
        return isNamed(change, "guarded") && observedGeneration > generation;
      }),
  ],
  [
    "when it has pruned the old policy",
    (plane, { revision }) =>
      seen(
        plane,
        WASM_PLUGINS,
        ({ object }) => policiesIn(object) === 2 && pluginConfigOf(object).revision !== revision,
      ),
  ],
];

const CREATION: Step[] = [
  ["at once", async () => {}],
  [
    "when it has set the finalizer",
    (plane) =>
      seen(
        plane,
        API_RULES,
        (change) => isNamed(change, "passing") && "finalizers" in change.object.metadata,
      ),
  ],
  [
    "when it has written the VirtualService",
    (plane) => seen(plane, VIRTUAL_SERVICES, (change) => isNamed(change, "tollgate-passing")),
  ],
];

const DELETION: Step[] = [
  ["at once", async () => {}],
  [
    "when it has deleted the VirtualService",
    (plane) =>
      seen(plane, VIRTUAL_SERVICES, (change) => isNamed(change, "tollgate-passing") && change.isDeleted),
  ],
  [
    "when it has removed the finalizer",
    (plane) => seen(plane, API_RULES, (change) => isNamed(change, "passing") && change.isDeleted),
  ],
];

describeWithControlPlane("a controller that is killed", () => {
  const guarded = useGuarded();
  const passing = () =>
    apiRule({ name: "passing", rules: [jwtRule("/guarded", guarded.cluster.issuer, ["read"])] });

  async function killAfter(passed: Promise<unknown>): Promise<void> {
    await passed;
    await guarded.replica.kill();
    guarded.replica = await guarded.start();
  }

  test.each(EDIT)("during an edit, %s", async (_, passed) => {
    const { cluster } = guarded;
    const [plugin] = await cluster.list("wasmplugin");
    const generation = (await cluster.read("apirule", "guarded"))?.metadata.generation ?? 0;
    const before: BeforeEdit = {
      generation,
      revision: plugin ? pluginConfigOf(plugin).revision : "",
      routes: JSON.stringify((await guarded.virtualService())?.spec),
    };
    const step = passed(cluster.controlPlane, before);
    await guarded.demand("write");
    await killAfter(step);
    await guarded.inForce("write", RECOVERED_WITHIN_MS);
  });

  test.each(CREATION)("during a creation, %s", async (_, passed) => {
    const { cluster, tokens } = guarded;
    const watch = cluster.watch("passing.local.test", "/guarded");
    const step = passed(cluster.controlPlane);
    await cluster.apply(passing());
    await killAfter(step);
    await expectState(cluster, "passing", "Ready", RECOVERED_WITHIN_MS);
    await expectStatus(cluster, ["passing.local.test", "/guarded", tokens.read], 200, RECOVERED_WITHIN_MS);
    expect([...(await watch.stop()).keys()]).not.toContain(200);
    await cluster.remove("passing");
  });

  test.each(DELETION)("during a deletion, %s", async (_, passed) => {
    const { cluster, tokens } = guarded;
    await cluster.apply(passing());
    await expectStatus(cluster, ["passing.local.test", "/guarded", tokens.read], 200, RECOVERED_WITHIN_MS);
    const watch = cluster.watch("passing.local.test", "/guarded");
    const step = passed(cluster.controlPlane);
    await cluster.controlPlane.kubectl("delete", "apirule", "passing", "--wait=false");
    await killAfter(step);
    await eventually(async () => {
      expect(await cluster.read("apirule", "passing")).toBeUndefined();
      expect(await cluster.read("virtualservice", "tollgate-passing")).toBeUndefined();
    }, RECOVERED_WITHIN_MS);
    await expectStatus(cluster, ["passing.local.test", "/guarded"], 404, RECOVERED_WITHIN_MS);
    expect([...(await watch.stop()).keys()]).not.toContain(200);
  });
});

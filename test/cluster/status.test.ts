/** What a user reads of an APIRule: `kubectl get`, the status, and Events. */
import { expect, test } from "vitest";
import { apiRule, openRule } from "../support/apirule.ts";
import { eventually } from "../support/eventually.ts";
import { describeWithControlPlane } from "./environment/suite.ts";
import { expectState, useCluster } from "./support/cluster.ts";
import { startReplica } from "./support/replica.ts";

const TOLD_WITHIN_MS = 10_000;
const RFC_3339 = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/;

describeWithControlPlane("the status of an APIRule", () => {
  const cluster = useCluster(({ controlPlane }) => startReplica(controlPlane));

  const good = apiRule({ name: "told", rules: [openRule("/a")] });
  const bad = apiRule({ name: "told", rules: [openRule("/{**}"), openRule("/a")] });
  const table = async () => (await cluster.controlPlane.kubectl("get", "apirules")).trim().split("\n");
  const columns = (line = "") => line.split(/ {2,}/).slice(0, 3);
  const told = async () =>
    (await cluster.list("events.events.k8s.io"))
      .filter(({ regarding }) => (regarding as { name?: string }).name === "told")
      .map(({ type, reason, note }) => ({ type, reason, note }));

  test("is shown by kubectl get", async () => {
    await cluster.apply(good);
    const status = await expectState(cluster, "told", "Ready", TOLD_WITHIN_MS);
    expect(status.lastProcessedTime).toMatch(RFC_3339);
    for (const condition of status.conditions ?? []) {
      expect(condition.observedGeneration).toBe(status.observedGeneration);
      expect(condition.lastTransitionTime).toMatch(RFC_3339);
    }
    const [head, row] = await table();
    expect(columns(head)).toEqual(["NAME", "STATUS", "HOSTS"]);
    expect(columns(row)).toEqual(["told", "Ready", '["told.local.test"]']);
  });

  test("follows each generation, and Events tell of each change of state", async () => {
    const before = await expectState(cluster, "told", "Ready", TOLD_WITHIN_MS);
    await cluster.apply(bad);
    const refused = await expectState(cluster, "told", "Error", TOLD_WITHIN_MS);
    expect(refused.observedGeneration).toBe((before.observedGeneration ?? 0) + 1);
    expect(columns((await table())[1])[1]).toBe("Error");
    await eventually(async () => {
      const events = await told();
      expect(events).toContainEqual({ type: "Normal", reason: "Enforced", note: "Reconciled successfully" });
      expect(events).toContainEqual({ type: "Warning", reason: "Refused", note: refused.description });
    }, TOLD_WITHIN_MS);
    await cluster.apply(good);
    const again = await expectState(cluster, "told", "Ready", TOLD_WITHIN_MS);
    expect(again.observedGeneration).toBe((refused.observedGeneration ?? 0) + 1);
    await eventually(async () => {
      const reasons = (await told()).map(({ reason }) => reason);
      expect(reasons.filter((reason) => reason === "Enforced").length).toBe(2);
    }, TOLD_WITHIN_MS);
  });

  test("tells warnings, and that all is well otherwise", async () => {
    const warned = apiRule({
      name: "warned",
      rules: [openRule("/a/{**}"), { ...openRule("/a/b"), methods: ["GET", "POST"] }],
    }) as { spec: object };
    const corsPolicy = { allowOrigins: [{ exact: "https://app.local.test" }] };
    await cluster.apply({ ...warned, spec: { ...warned.spec, corsPolicy } });
    const { description, conditions } = await expectState(cluster, "warned", "Ready", TOLD_WITHIN_MS);
    expect(description).toBe("Reconciled successfully");
    expect(conditions?.find(({ type }) => type === "Accepted")).toMatchObject({
      status: "True",
      reason: "AcceptedWithWarnings",
      message: [
        ".spec.rules[1]: Path /a/b with method GET conflicts with at least one of the previous rule paths: with GET it " +
          "never matches, because it is covered by .spec.rules[0] with path /a/{**}",
        ".spec.corsPolicy: no rule lists the method OPTIONS, so every preflight is answered with 404",
      ].join("\n"),
    });
  });

  test("is not the user's to write", async () => {
    const before = (await cluster.read("apirule", "told"))?.status;
    await cluster.apply({ ...good, status: { state: "Error", description: "mine" } });
    expect((await cluster.read("apirule", "told"))?.status).toEqual(before);
  });
});

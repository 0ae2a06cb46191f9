/** Each invalid APIRule is refused: by the API server, or in its status. */
import { expect, test } from "vitest";
import { SILENT_AUTHORIZERS } from "../support/authorizer.ts";
import { invalidSamples } from "../support/invalid-samples.ts";
import { describeWithControlPlane } from "./environment/suite.ts";
import { expectState, useCluster } from "./support/cluster.ts";
import { addAuthorizers } from "./support/mesh.ts";
import { startReplica } from "./support/replica.ts";

const TOLD_WITHIN_MS = 5_000;

const samples = invalidSamples();

describeWithControlPlane("invalid APIRules in a cluster", () => {
  const cluster = useCluster(async (started) => {
    await addAuthorizers(started, SILENT_AUTHORIZERS);
    await startReplica(started.controlPlane);
  });

  test.each(samples.filter(({ apiServer }) => apiServer !== undefined))(
    "the API server refuses $name",
    async ({ name, apiRule, apiServer = "" }) => {
      await expect(cluster.apply(apiRule)).rejects.toThrow(apiServer);
      expect(await cluster.read("apirule", name)).toBeUndefined();
    },
  );

  test.each(samples.filter(({ apiServer }) => apiServer === undefined))(
    "the controller refuses $name",
    async ({ name, apiRule, problems }) => {
      await cluster.apply(apiRule);
      const { conditions = [], description } = await expectState(cluster, name, "Error", TOLD_WITHIN_MS);
      expect(conditions.find(({ type }) => type === "Accepted")).toMatchObject({
        status: "False",
        reason: "Invalid",
        message: problems.join("\n"),
      });
      const lines = problems.slice(0, 3).map((problem) => `Attribute '${problem.replace(": ", "': ")}`);
      const rest = problems.length > 3 ? [`${problems.length - 3} more error(s)...`] : [];
      expect(description).toBe(`Validation errors: ${[...lines, ...rest].join("\n")}`);
      expect(await cluster.read("virtualservice", `tollgate-${name}`)).toBeUndefined();
    },
  );

  test("nothing was written for any of them", async () => {
    expect(await cluster.list("virtualservice")).toEqual([]);
    expect(await cluster.list("wasmplugin")).toEqual([]);
  });
});

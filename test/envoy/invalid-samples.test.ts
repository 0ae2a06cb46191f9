/** What the standalone gateway says about each invalid APIRule; the valid one beside them is served. */
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { startUpstream, type Upstream } from "../../tools/demo/upstream.ts";
import { apiRule, openRule } from "../support/apirule.ts";
import { SILENT_AUTHORIZERS } from "../support/authorizer.ts";
import { eventually } from "../support/eventually.ts";
import { invalidSamples } from "../support/invalid-samples.ts";
import {
  type StandaloneGateway,
  startStandaloneGateway,
  toManifestText,
} from "../support/standalone-gateway.ts";

const TOLD_WITHIN_MS = 10_000;
const samples = invalidSamples();

describe("invalid APIRules in a folder", () => {
  let upstream: Upstream;
  let gateway: StandaloneGateway;

  beforeAll(async () => {
    upstream = await startUpstream();
    gateway = await startStandaloneGateway(
      [apiRule({ name: "valid", rules: [openRule("/a")] })],
      upstream.port,
      SILENT_AUTHORIZERS,
    );
    for (const { name, apiRule: invalid } of samples)
      await writeFile(join(gateway.configFolder, `${name}.yaml`), toManifestText([invalid]));
  });
  afterAll(async () => {
    await gateway?.stop();
    await upstream?.close();
  });

  test.each(samples)("$name", async ({ name, problems }) => {
    await eventually(async () => {
      for (const problem of problems)
        expect(gateway.log()).toContain(`${name}.yaml: APIRule default/${name}: ${inJson(problem)}`);
    }, TOLD_WITHIN_MS);
  });

  test("change nothing of what is served", async () => {
    const send = (host: string) =>
      gateway.send({ method: "GET", path: "/a", headers: [["host", `${host}.local.test`]] });
    expect((await send("valid")).status).toBe(200);
    for (const { name } of samples) expect((await send(name)).status, name).toBe(404);
  });
});

/** As it stands within a string of the log. */
function inJson(text: string): string {
  return JSON.stringify(text).slice(1, -1);
}

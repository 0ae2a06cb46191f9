/** What `tollgate check` says about each invalid APIRule. */

import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { SILENT_AUTHORIZERS } from "../../test/support/authorizer.ts";
import { invalidSamples } from "../../test/support/invalid-samples.ts";
import { environment, toManifestText } from "../../test/support/standalone-gateway.ts";
import { checkCommand } from "./check.ts";
import { runCommand } from "./test-command.ts";

describe("tollgate check", () => {
  let folder: string;

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), "samples-"));
  });
  afterAll(() => rm(folder, { recursive: true }));

  test.each(invalidSamples())("$name", async ({ name, apiRule, problems }) => {
    const file = join(folder, `${name}.yaml`);
    await writeFile(file, toManifestText([...environment(80, SILENT_AUTHORIZERS), apiRule]));
    const { stdout, stderr, exitCode } = await runCommand(checkCommand, ["-f", file]);
    expect(stderr.split("\n").filter((line) => line !== "" && !line.includes(": warning: "))).toEqual(
      problems.map((problem) => `${file}: APIRule default/${name}: ${problem}`),
    );
    expect([stdout, exitCode]).toEqual([`APIRule default/${name}: refused\n`, 1]);
  });
});

/** Manifests are read as kubectl reads them. */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { text } from "node:stream/consumers";
import { expect, test } from "vitest";
import type { KubernetesObject } from "../../controller/api/resources.ts";
import { parseManifests } from "../../controller/model/manifests.ts";
import { YAML_REFUSED, YAML_VALUES } from "../support/yaml-values.ts";
import { ensureBinaries } from "./environment/binaries.ts";
import { describeWithControlPlane } from "./environment/suite.ts";

describeWithControlPlane("values of manifests", () => {
  test("are what kubectl makes of them", async () => {
    const manifest = manifestOf(YAML_VALUES.map(([written]) => written));
    const { objects, problems } = parseManifests(manifest, "values.yaml");
    expect(problems).toEqual([]);
    expect((await readByKubectl(manifest)).spec).toEqual(objects[0]?.spec);
  });

  test.each(YAML_REFUSED)("%s is refused by kubectl", async (written) => {
    const manifest = manifestOf([written]);
    expect(parseManifests(manifest, "refused.yaml").problems).toHaveLength(1);
    await expect(readByKubectl(manifest)).rejects.toThrow("error converting YAML to JSON");
  });
});

/** An object with the values in its `spec`. */
function manifestOf(values: readonly string[]): string {
  const members = values.map((value, index) => `  value${index}: ${value}\n`).join("");
  return `apiVersion: example.com/v1\nkind: Example\nmetadata: { name: example, namespace: default }\nspec:\n${members}`;
}

/** The object that kubectl would send. Rejects with what it says against it. */
async function readByKubectl(manifest: string): Promise<KubernetesObject> {
  const kubectl = (await ensureBinaries()).program("kubectl");
  const command = ["annotate", "--local", "--filename=-", "--output=json", "read-by=kubectl"];
  const child = spawn(kubectl, command);
  child.stdin.end(manifest);
  const output = Promise.all([text(child.stdout), text(child.stderr)]);
  const [code] = await once(child, "close");
  const [stdout, stderr] = await output;
  if (code !== 0) throw new Error(stderr);
  return JSON.parse(stdout);
}

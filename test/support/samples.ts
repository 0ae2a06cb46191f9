import { readFileSync } from "node:fs";
import { join } from "node:path";
import type { KubernetesObject } from "../../controller/api/resources.ts";
import { parseManifests } from "../../controller/model/manifests.ts";
import { packageRoot } from "../../controller/standalone/installation.ts";

/** The objects of a file below `deploy/samples`. */
export function sampleObjects(file: string): KubernetesObject[] {
  const text = readFileSync(join(packageRoot(), "deploy", "samples", file), "utf8");
  const { objects, problems } = parseManifests(text, file);
  if (problems.length > 0) throw new Error(`${file}: ${JSON.stringify(problems)}`);
  return objects;
}

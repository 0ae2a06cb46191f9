/** Manifest files → resources, with what is wrong in them. */
import type { KubernetesObject } from "../api/resources.ts";
import { messageOf } from "../errors.ts";
import type { Problem } from "../model/exposure.ts";
import {
  collectResources,
  type ManifestProblem,
  type ObjectProblem,
  parseManifests,
  type Resources,
} from "../model/manifests.ts";

/** Reads the text of a named file. Rejects when it cannot be read. */
export type ReadFile = (file: string) => Promise<string>;

/** What a set of files holds. */
export interface ManifestFiles {
  /** A kind that occurs in no file is unknown: its list is absent. */
  resources: Resources;
  /** One line each, naming the file. */
  problems: string[];
  /** One line each, naming the file. */
  warnings: string[];
  /** One line about an object, naming the file it comes from. */
  locate(problem: ObjectProblem): string;
}

/** Reads and sorts all objects of `files`. Never rejects: what cannot be read is a problem. */
export async function readManifestFiles(
  files: readonly string[],
  readFile: ReadFile,
): Promise<ManifestFiles> {
  const texts = await Promise.all(files.map((file) => parseFile(file, readFile)));
  const fileOf = new Map(
    texts.flatMap(({ file, objects }) => objects.map((object) => [nameOf(object), file] as const)),
  );
  const locate = ({ object, path, message }: ObjectProblem): string =>
    [fileOf.get(object), object, path, message]
      .filter((part) => part !== undefined && part !== "")
      .join(": ");
  const { resources, ignored, problems } = collectResources(texts.flatMap(({ objects }) => objects));
  return {
    resources: withoutUnknown(resources),
    problems: [...texts.flatMap((text) => text.problems.map(formatManifestProblem)), ...problems.map(locate)],
    warnings: ignored.map((object) =>
      locate({
        object: nameOf(object),
        path: "",
        message: `ignored; ${object.apiVersion} ${object.kind} is not read`,
      }),
    ),
    locate,
  };
}

/** Names the APIRule of a problem. */
export function apiRuleProblem(
  { namespace, name }: { namespace: string; name: string },
  problem: Problem,
): ObjectProblem {
  return { object: `APIRule ${namespace}/${name}`, ...problem };
}

interface ParsedFile {
  file: string;
  objects: KubernetesObject[];
  problems: ManifestProblem[];
}

async function parseFile(file: string, readFile: ReadFile): Promise<ParsedFile> {
  try {
    return { file, ...parseManifests(await readFile(file), file) };
  } catch (error) {
    return { file, objects: [], problems: [{ file, message: `cannot be read: ${messageOf(error)}` }] };
  }
}

function formatManifestProblem({ file, line, message }: ManifestProblem): string {
  return `${line === undefined ? file : `${file}:${line}`}: ${message}`;
}

function nameOf({ kind, metadata }: KubernetesObject): string {
  return `${kind} ${metadata.namespace}/${metadata.name}`;
}

function withoutUnknown({ apiRules, gateways, services, secrets }: Required<Resources>): Resources {
  return {
    apiRules,
    ...(gateways.length > 0 ? { gateways } : {}),
    ...(services.length > 0 ? { services } : {}),
    ...(secrets.length > 0 ? { secrets } : {}),
  };
}

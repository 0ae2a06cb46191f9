/** Manifest files → resources, with what is wrong in them. */
import { readFile, stat } from "node:fs/promises";
import { join } from "node:path";
import type { KubernetesObject } from "../api/resources.ts";
import { messageOf } from "../errors.ts";
import {
  collectResources,
  type ManifestProblem,
  type ObjectProblem,
  parseManifests,
  type Resources,
} from "../model/manifests.ts";
import { listManifests } from "../standalone/folder.ts";

/** Stands for the standard input among paths. */
const STDIN = "-";

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

/**
 * Reads and sorts all objects of files, of the manifests below folders, and of the standard input, which `-` stands
 * for. Never rejects: what cannot be read is a problem.
 */
export async function readManifestFiles(
  paths: readonly string[],
  stdin: () => Promise<string>,
): Promise<ManifestFiles> {
  const texts = (await Promise.all(paths.map((path) => parsePath(path, stdin)))).flat();
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

interface ParsedFile {
  file: string;
  objects: KubernetesObject[];
  problems: ManifestProblem[];
}

async function parsePath(path: string, stdin: () => Promise<string>): Promise<ParsedFile[]> {
  try {
    if (path === STDIN) return [{ file: path, ...parseManifests(await stdin(), path) }];
    return await Promise.all((await filesAt(path)).map(parseFile));
  } catch (error) {
    return [unreadable(path, error)];
  }
}

async function filesAt(path: string): Promise<string[]> {
  if (!(await stat(path)).isDirectory()) return [path];
  return (await listManifests(path)).files.map((file) => join(path, file.path));
}

async function parseFile(file: string): Promise<ParsedFile> {
  try {
    return { file, ...parseManifests(await readFile(file, "utf8"), file) };
  } catch (error) {
    return unreadable(file, error);
  }
}

function unreadable(file: string, error: unknown): ParsedFile {
  return { file, objects: [], problems: [{ file, message: `cannot be read: ${messageOf(error)}` }] };
}

function formatManifestProblem({ file, line, message }: ManifestProblem): string {
  return `${line === undefined ? file : `${file}:${line}`}: ${message}`;
}

function nameOf({ kind, metadata }: KubernetesObject): string {
  return `${kind} ${metadata.namespace}/${metadata.name}`;
}

function withoutUnknown({
  apiRules,
  gateways,
  services,
  secrets,
  virtualServices,
  meshConfigs,
}: Required<Resources>): Resources {
  return {
    apiRules,
    ...(gateways.length > 0 ? { gateways } : {}),
    ...(services.length > 0 ? { services } : {}),
    ...(secrets.length > 0 ? { secrets } : {}),
    ...(virtualServices.length > 0 ? { virtualServices } : {}),
    ...(meshConfigs.length > 0 ? { meshConfigs } : {}),
  };
}

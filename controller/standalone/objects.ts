import type { KubernetesObject } from "../api/resources.ts";
import { collectResources, parseManifests } from "../model/manifests.ts";
import type { FolderContent } from "./folder-watcher.ts";
import type { Diagnostic, State } from "./state.ts";

/** An object and the file it comes from. */
export interface LocatedObject {
  object: KubernetesObject;
  file: string;
}

/** The objects of a folder by `<kind> <namespace>/<name>`. */
export interface FolderObjects {
  files: Map<string, readonly KubernetesObject[]>;
  objects: Map<string, LocatedObject>;
  problems: Diagnostic[];
}

/**
 * Parses the manifests. A file that does not parse keeps what it last held. Of two objects with the same name the one
 * that is in force stays, else the first by path. Kinds that Tollgate does not read are left out.
 */
export function readObjects(
  content: FolderContent,
  before?: Pick<State, "files" | "objects">,
): FolderObjects {
  const problems: Diagnostic[] = [];
  const files = new Map<string, readonly KubernetesObject[]>();
  for (const [file, text] of content) {
    const parsed = parseManifests(text, file);
    const wrong = parsed.problems.length > 0;
    files.set(file, wrong ? (before?.files.get(file) ?? []) : parsed.objects);
    problems.push(...parsed.problems.map(({ line, message }) => ({ where: placeOf(file, line), message })));
  }
  const located = [...files].flatMap(([file, objects]) =>
    ofKnownKinds(objects).map((object) => ({ object, file })),
  );
  return { files, objects: byName(located, problems, before), problems };
}

function byName(
  located: readonly LocatedObject[],
  problems: Diagnostic[],
  before: Pick<State, "objects"> | undefined,
): Map<string, LocatedObject> {
  const objects = new Map<string, LocatedObject>();
  for (const candidate of located) {
    const name = nameOf(candidate.object);
    const rival = objects.get(name);
    const [stays, goes] =
      rival && before?.objects.get(name)?.file !== candidate.file ? [rival, candidate] : [candidate, rival];
    objects.set(name, stays);
    if (!goes) continue;
    const message = `is defined in ${stays.file} as well, and that one is used; remove one of them`;
    problems.push({ where: `${goes.file}: ${name}`, message });
  }
  return objects;
}

function ofKnownKinds(objects: readonly KubernetesObject[]): KubernetesObject[] {
  const ignored = new Set(collectResources(objects).ignored);
  return objects.filter((object) => !ignored.has(object));
}

function nameOf({ kind, metadata }: KubernetesObject): string {
  return `${kind} ${metadata.namespace}/${metadata.name}`;
}

function placeOf(file: string, line: number | undefined): string {
  return line === undefined ? file : `${file}:${line}`;
}

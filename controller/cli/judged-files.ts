/** Manifest files → their translation, with everything that the controller would say about them. */
import type { ObjectRef, Problem, Translation } from "../model/exposure.ts";
import type { ObjectProblem } from "../model/manifests.ts";
import { translate } from "../model/translate.ts";
import type { CommandIo } from "./command-io.ts";
import { type ManifestFiles, readManifestFiles } from "./manifest-files.ts";

export interface JudgedFiles {
  manifests: ManifestFiles;
  translation: Translation;
  /** Why something is refused, one line each, naming file, object and field. Never empty when there is no APIRule. */
  problems: string[];
  /** What is worth knowing, one line each. */
  warnings: string[];
}

/** Reads files and folders; `-` is the standard input. Never rejects: what cannot be read is a problem. */
export async function judgeFiles(
  paths: readonly string[],
  io: Pick<CommandIo, "stdin">,
): Promise<JudgedFiles> {
  const manifests = await readManifestFiles(paths, io.stdin);
  const translation = translate(manifests.resources);
  const lines = (of: "problems" | "warnings", prefix = "") =>
    translation.results.flatMap(({ apiRule, [of]: findings }) =>
      findings.map((finding) => manifests.locate(apiRuleProblem(apiRule, finding, prefix))),
    );
  const problems = [...manifests.problems, ...lines("problems")];
  if (problems.length === 0 && translation.results.length === 0)
    problems.push("no APIRule in the given files");
  return {
    manifests,
    translation,
    problems,
    warnings: [...manifests.warnings, ...lines("warnings", "warning: ")],
  };
}

function apiRuleProblem(
  { namespace, name }: ObjectRef,
  { path, message }: Problem,
  prefix: string,
): ObjectProblem {
  return { object: `APIRule ${namespace}/${name}`, path, message: `${prefix}${message}` };
}

/** Manifest files → their translation, with everything that the controller would say about them. */
import { pathNormalizationWarning } from "../cluster/mesh-config.ts";
import type { ApiRuleResult, ObjectRef, Problem, Translation } from "../model/exposure.ts";
import type { ObjectProblem, Resources } from "../model/manifests.ts";
import { translate } from "../model/translate.ts";
import { resultInReach } from "../render/istio/reach.ts";
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

/** How files are judged. */
export interface JudgeOptions {
  /** Whether what only a cluster cannot serve is refused, too. */
  isForCluster: boolean;
  /** As in `KnownGateways`. */
  assumedDomain?: string;
  /** Namespace of the gateway workloads. Default: that of Istio. */
  gatewayNamespace?: string;
}

/** Reads files and folders; `-` is the standard input. Never rejects: what cannot be read is a problem. */
export async function judgeFiles(
  paths: readonly string[],
  io: Pick<CommandIo, "stdin">,
  { isForCluster, assumedDomain, gatewayNamespace }: JudgeOptions,
): Promise<JudgedFiles> {
  const manifests = await readManifestFiles(paths, io.stdin);
  const translated = translate({
    ...manifests.resources,
    ...(assumedDomain && { assumedDomain }),
    gatewayPods: { namespace: gatewayNamespace, together: !isForCluster },
  });
  const translation = isForCluster ? inCluster(translated, manifests.resources) : translated;
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

function inCluster(
  { results, policySet }: Translation,
  { gateways = [], meshConfigs = [] }: Resources,
): Translation {
  const byName = new Map(gateways.map((gateway) => [nameOf(gateway.metadata), gateway]));
  const gatewayOf = ({ exposure }: ApiRuleResult) => exposure && byName.get(nameOf(exposure.gateway));
  const [meshConfig] = meshConfigs;
  const strict = new Set(
    policySet.policies.filter(({ refuseAmbiguousPath }) => refuseAmbiguousPath).map(({ id }) => id),
  );
  const meshWarning = pathNormalizationWarning(meshConfig?.data?.mesh);
  const meshWarnings = ({ exposure }: ApiRuleResult): Problem[] =>
    meshWarning !== undefined && exposure?.routes.some(({ policy }) => strict.has(policy))
      ? [{ path: ".spec.rules", message: meshWarning }]
      : [];
  return {
    policySet,
    results: results
      .map((result) => ({ ...result, warnings: [...result.warnings, ...meshWarnings(result)] }))
      .map((result) => resultInReach(result, gatewayOf(result))),
  };
}

function nameOf({ namespace, name }: ObjectRef): string {
  return `${namespace}/${name}`;
}

function apiRuleProblem(apiRule: ObjectRef, { path, message }: Problem, prefix: string): ObjectProblem {
  return { object: `APIRule ${nameOf(apiRule)}`, path, message: `${prefix}${message}` };
}

/** Which objects are in force: the current ones, and where one is wrong, the last good version of it. Pure. */
import { isDeepStrictEqual } from "node:util";
import { APIRULE_KIND } from "../api/apirule.ts";
import type { Gateway, KubernetesObject, Secret, Service } from "../api/resources.ts";
import { checkClientCredentials } from "../model/client-credentials.ts";
import type { Exposure, PolicySet, Translation } from "../model/exposure.ts";
import { collectResources, type Resources } from "../model/manifests.ts";
import { type Mesh, readMesh } from "../model/mesh.ts";
import { translate } from "../model/translate.ts";
import { checkGateways, checkServices } from "../render/envoy/index.ts";
import type { FolderContent } from "./folder-watcher.ts";
import { type HostClaims, HostSeniority } from "./host-seniority.ts";
import { type LocatedObject, readObjects } from "./objects.ts";

/** Something that the user should know, with the place to look at. */
export interface Diagnostic {
  /** File, line, object and attribute path, as far as they are known. */
  where: string;
  message: string;
}

/** Everything that is rendered. */
export interface InForce {
  exposures: Exposure[];
  policySet: PolicySet;
  gateways: Gateway[];
  services: Service[];
  secrets: Secret[];
  mesh: Mesh;
}

/** The state after a reading of the folder, and what it takes to keep it when the next one is wrong. */
export interface State {
  inForce: InForce;
  problems: Diagnostic[];
  warnings: Diagnostic[];
  /** Last good content of each file. */
  files: ReadonlyMap<string, readonly KubernetesObject[]>;
  /** The version of each object that is in force, by `<kind> <namespace>/<name>`. */
  objects: ReadonlyMap<string, LocatedObject>;
  hostClaims: HostClaims;
}

/** What a choice of objects is judged by, beside the objects. */
interface Setting {
  portOverride: number | undefined;
  seniority: HostSeniority;
}

/** What was chosen of objects before their last good versions took its place; undefined: nothing. */
type Replaced = Map<string, LocatedObject | undefined>;

interface Judgement {
  resources: Required<Resources>;
  translation: Translation;
  /** By the name of the object. */
  problems: Map<string, string[]>;
}

/** Reads the manifests on top of the state before. */
export function nextState(content: FolderContent, before?: State, portOverride?: number): State {
  const { files, objects: current, problems } = readObjects(content, before);
  const chosen = new Map(current);
  const seniority = new HostSeniority(before?.hostClaims);
  const { judgement, found } = settle(chosen, before?.objects, { portOverride, seniority });
  for (const [name, messages] of found) {
    const where = whereOf(name, current);
    problems.push(...[...messages].map((message) => ({ where, message })));
  }
  const warnings = warningsOf(judgement.translation, current);
  const hostClaims = seniority.next([...chosen.values()].map(({ object }) => object));
  return { inForce: inForceOf(judgement), problems, warnings, files, objects: chosen, hostClaims };
}

/**
 * Replaces what is wrong until nothing is: first by the version that was in force before; then by bringing back what
 * was deleted or changed though others still need it as it was; at last by doing without the object. What APIRules lean on comes first, so
 * that none is refused for the fault of another object. At the start, where nothing can be kept, all is judged at once.
 *
 * @returns the final judgement, and the problems that were found on the way, by object
 */
function settle(
  chosen: Map<string, LocatedObject>,
  good: ReadonlyMap<string, LocatedObject> | undefined,
  setting: Setting,
): { judgement: Judgement; found: Map<string, Set<string>> } {
  const found = new Map<string, Set<string>>();
  let replaced: Replaced | undefined;
  for (;;) {
    const judgement = judge(chosen, setting);
    if (!good) collect(found, judgement.problems);
    if (!good || judgement.problems.size === 0) {
      return { judgement: withoutNeedless(chosen, replaced, setting) ?? judgement, found };
    }
    const problems = causesIn(judgement.problems);
    collect(found, problems);
    const stuck = [...problems.keys()].filter((name) => !fallBack(chosen, name, good));
    if (stuck.length === 0) continue;
    if (replaced) for (const name of stuck) chosen.delete(name);
    else replaced = restoreLost(chosen, good);
  }
}

/** The problems of Gateways, Services, Secrets and the mesh configuration, or when there are none, those of APIRules. */
function causesIn(problems: Judgement["problems"]): Judgement["problems"] {
  const causes = [...problems].filter(([name]) => !name.startsWith("APIRule "));
  return causes.length > 0 ? new Map(causes) : problems;
}

/** Undoes what was restored, all of it or one after the other, where everything is right without it too. */
function withoutNeedless(
  chosen: Map<string, LocatedObject>,
  replaced: Replaced | undefined,
  setting: Setting,
): Judgement | undefined {
  if (!replaced) return undefined;
  let last: Judgement | undefined;
  for (const part of [replaced, ...[...replaced].map((each) => new Map([each]))]) {
    const rest = new Map(chosen);
    for (const [name, current] of part) put(rest, name, current);
    const judgement = judge(rest, setting);
    if (judgement.problems.size > 0) continue;
    for (const [name, current] of part) put(chosen, name, current);
    if (part === replaced) return judgement;
    last = judgement;
  }
  return last;
}

function put(objects: Map<string, LocatedObject>, name: string, version: LocatedObject | undefined): void {
  if (version === undefined) objects.delete(name);
  else objects.set(name, version);
}

/** @returns false when the version that was in force before is what is chosen already, or there was none */
function fallBack(
  chosen: Map<string, LocatedObject>,
  name: string,
  good: ReadonlyMap<string, LocatedObject>,
): boolean {
  const version = good.get(name);
  if (!version || chosen.get(name)?.object === version.object) return false;
  chosen.set(name, version);
  return true;
}

/** Brings back what APIRules may lean on and what was deleted or changed. */
function restoreLost(chosen: Map<string, LocatedObject>, good: ReadonlyMap<string, LocatedObject>): Replaced {
  const replaced: Replaced = new Map();
  for (const [name, version] of good) {
    const current = chosen.get(name);
    if (version.object.kind === APIRULE_KIND || isDeepStrictEqual(current?.object, version.object)) continue;
    replaced.set(name, current);
    chosen.set(name, version);
  }
  return replaced;
}

function collect(found: Map<string, Set<string>>, problems: Judgement["problems"]): void {
  for (const [name, messages] of problems) {
    found.set(name, new Set([...(found.get(name) ?? []), ...messages]));
  }
}

function judge(chosen: ReadonlyMap<string, LocatedObject>, { portOverride, seniority }: Setting): Judgement {
  const objects = [...chosen.values()].map(({ object }) => seniority.dated(object));
  const { resources, problems: shapes } = collectResources(objects);
  const translation = translate({ ...resources, virtualServices: [], gatewayPods: { together: true } });
  const exposures = exposuresOf(translation);
  const { gateways, services, secrets, meshConfigs } = resources;
  const checks = [
    ...shapes,
    ...checkGateways(gateways, { secrets, ...(portOverride !== undefined && { portOverride }) }),
    ...checkServices(exposures, services, readMesh(meshConfigs[0])),
    ...checkClientCredentials(exposures, translation.policySet, secrets),
  ];
  const problems = new Map<string, string[]>();
  const add = (object: string, path: string, message: string) =>
    problems.set(object, [...(problems.get(object) ?? []), `${path}: ${message}`]);
  for (const { object, path, message } of checks) add(object, path, message);
  for (const { apiRule, problems: own } of translation.results) {
    for (const { path, message } of own) add(`APIRule ${apiRule.namespace}/${apiRule.name}`, path, message);
  }
  return { resources, translation, problems: withoutUnknown(problems, chosen) };
}

/** A problem of an object that is not there cannot be solved by taking it out. */
function withoutUnknown(
  problems: Map<string, string[]>,
  chosen: ReadonlyMap<string, LocatedObject>,
): typeof problems {
  return new Map([...problems].filter(([name]) => chosen.has(name)));
}

function inForceOf({ resources, translation }: Judgement): InForce {
  const { gateways, services, secrets, meshConfigs } = resources;
  return {
    exposures: exposuresOf(translation),
    policySet: translation.policySet,
    gateways,
    services,
    secrets,
    mesh: readMesh(meshConfigs[0]),
  };
}

function exposuresOf({ results }: Translation): Exposure[] {
  return results.flatMap(({ exposure }) => exposure ?? []);
}

function warningsOf({ results }: Translation, current: ReadonlyMap<string, LocatedObject>): Diagnostic[] {
  return results.flatMap(({ apiRule, warnings }) => {
    const where = whereOf(`APIRule ${apiRule.namespace}/${apiRule.name}`, current);
    return warnings.map(({ path, message }) => ({ where, message: `${path}: ${message}` }));
  });
}

function whereOf(name: string, current: ReadonlyMap<string, LocatedObject>): string {
  const file = current.get(name)?.file;
  return file === undefined ? name : `${file}: ${name}`;
}

/** Translates APIRules into the model. */
import { type ApiRuleDocument, readApiRule } from "./api-rule-document.ts";
import { byName } from "./claim-registry.ts";
import { readCors } from "./cors.ts";
import type { ApiRuleResult, Cors, Exposure, Translation } from "./exposure.ts";
import { checkTemplates, externalChecks, pathCountProblem } from "./external-checks.ts";
import { guardedWorkloads } from "./guarded-workloads.ts";
import { claimHosts, type ServingSurroundings } from "./host-claims.ts";
import type { KnownGateways } from "./hosts.ts";
import type { Resources } from "./manifests.ts";
import { readMesh } from "./mesh.ts";
import { PolicyBook } from "./policies.ts";
import { routeName } from "./policy-set.ts";
import { readRules, type Surroundings } from "./rules.ts";
import { indexServices } from "./services.ts";

/**
 * What the APIRules expose, and what is wrong with them. Pure: no I/O, equal resources in any order give an equal
 * result. Never throws for anything that a user can write; throws `ContentIdCollisionError` if two policies have one id.
 */
export function translate(
  resources: Resources & ServingSurroundings & Pick<KnownGateways, "assumedDomain">,
): Translation {
  const documents = resources.apiRules.map(readApiRule).sort(byName);
  const unique = documents.filter((document, index) => !hasTwin(documents, document, index));
  const hosts = claimHosts(unique, resources);
  const { meshConfigs } = resources;
  const surroundings = {
    services: indexServices(resources.services),
    mesh: meshConfigs && readMesh(meshConfigs[0]),
  };
  const book = new PolicyBook();
  const results = documents.map((document, index) =>
    hasTwin(documents, document, index)
      ? twinResult(document)
      : translateOne(document, hosts.get(document), surroundings, book),
  );
  return { results, policySet: book.policySet() };
}

/** Whether the neighbours of a document in the sorted list have its name. */
function hasTwin(sorted: readonly ApiRuleDocument[], document: ApiRuleDocument, index: number): boolean {
  return [sorted[index - 1], sorted[index + 1]].some(
    (other) => other !== undefined && byName(document, other) === 0,
  );
}

function twinResult({ apiRule }: ApiRuleDocument): ApiRuleResult {
  const problem = {
    path: ".metadata.name",
    message: "another APIRule has the same name; none of them is applied",
  };
  return { apiRule, problems: [problem], warnings: [] };
}

/**
 * The result for one APIRule.
 *
 * @param host as clients write it; absent when the APIRule may not have it, which its findings say
 */
export function translateOne(
  document: ApiRuleDocument,
  host: string | undefined,
  surroundings: Surroundings,
  book: PolicyBook,
): ApiRuleResult {
  const { apiRule, spec, findings } = document;
  const cors = spec.corsPolicy && readCors(spec.corsPolicy, findings);
  const readings = readRules(document, cors, surroundings);
  if (cors !== undefined) checkPreflight(document);
  const checked = readings.map(({ index, pattern, route, demand }) => ({
    index,
    pattern,
    ...route,
    ...demand,
  }));
  checkTemplates(checked, findings);
  const checks = externalChecks(checked);
  const tooMany = pathCountProblem(checks);
  if (tooMany !== undefined) findings.problem(".spec.rules", tooMany);
  const destinations = readings.map(({ route }) => route.destination);
  const guarded = guardedWorkloads(document, destinations, surroundings.services);
  const { problems, warnings } = findings;
  if (problems.length > 0 || host === undefined || spec.gateway === undefined) {
    return { apiRule, problems, warnings };
  }
  const policyIds = book.policiesOf(readings.map(({ demand }) => demand));
  const routes = readings.flatMap(({ index, route }, position) => {
    const policy = policyIds[position];
    return policy === undefined ? [] : [{ name: routeName(policy, apiRule, index), ...route, policy }];
  });
  const exposure = exposureOf(document, spec.gateway, host, routes, cors);
  return {
    apiRule,
    exposure: { ...exposure, ...(checks.length > 0 && { externalChecks: checks }), ...guarded },
    problems,
    warnings,
  };
}

function exposureOf(
  { apiRule }: ApiRuleDocument,
  gateway: string,
  host: string,
  routes: Exposure["routes"],
  cors: Cors | undefined,
): Exposure {
  const [namespace = "", name = ""] = gateway.split("/");
  return {
    apiRule,
    gateway: { namespace, name },
    hosts: [host],
    routes,
    ...(cors === undefined ? {} : { cors }),
  };
}

function checkPreflight({ rules, findings }: ApiRuleDocument): void {
  if (rules.some((rule) => rule === undefined || rule.methods.includes("OPTIONS"))) return;
  findings.warning(
    ".spec.corsPolicy",
    "no rule lists the method OPTIONS, so every preflight is answered with 404",
  );
}

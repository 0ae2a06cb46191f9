/** Reads an object that claims to be an APIRule, whatever is in it. */

import type { Rule } from "../api/apirule/rule.ts";
import type { Spec } from "../api/apirule/spec.ts";
import { APIRULE_GROUP, APIRULE_VERSION, ApiRuleSchema } from "../api/apirule.ts";
import type { KubernetesObject } from "../api/resources.ts";
import type { ObjectRef } from "./exposure.ts";
import { Findings } from "./findings.ts";
import { checkSchema, type SchemaProblem } from "./schema-check.ts";

/** What could be read of an APIRule; everything that is here has the type that the schema says. */
export interface ApiRuleDocument {
  apiRule: ObjectRef;
  /** RFC 3339; empty where there is none. */
  creationTimestamp: string;
  /** Members of the spec without `rules`; absent too where they have the wrong type. */
  spec: Partial<Omit<Spec, "rules">>;
  /** The rules by index; undefined where one has the wrong type. */
  rules: (Rule | undefined)[];
  /** Whether the value at a path has the wrong type or lacks something, so that nothing follows from its absence. */
  isMalformed(path: string): boolean;
  findings: Findings;
}

const SUBDOMAIN = /^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$/;
const LABEL = /^[a-z0-9]([-a-z0-9]*[a-z0-9])?$/;

/** Reads `object`. What is wrong with it is in `findings`. */
export function readApiRule(object: KubernetesObject): ApiRuleDocument {
  const findings = new Findings();
  const metadata: Record<string, unknown> = isObject(object.metadata) ? object.metadata : {};
  const apiRule = { namespace: stringOr(metadata.namespace, "default"), name: stringOr(metadata.name, "") };
  const creationTimestamp = stringOr(metadata.creationTimestamp, "");
  const document = { apiRule, creationTimestamp, findings };
  if (object.apiVersion !== `${APIRULE_GROUP}/${APIRULE_VERSION}`) {
    findings.problem(
      ".apiVersion",
      `is not supported; write the APIRule in ${APIRULE_GROUP}/${APIRULE_VERSION}`,
    );
    return { ...document, spec: {}, rules: [], isMalformed: () => true };
  }
  checkNames(apiRule, findings);
  const { value, problems } = checkSchema(ApiRuleSchema, object, "", { refuseUnknown: true });
  for (const { path, message } of problems) findings.schemaProblem(path, message);
  const isMalformed = (path: string) => problems.some((problem) => isMalformedAt(problem, path));
  return { ...document, ...soundParts((value as { spec?: unknown }).spec, isMalformed), isMalformed };
}

/** Only members that have the type of their schema. */
function soundParts(
  value: unknown,
  isMalformed: (path: string) => boolean,
): Pick<ApiRuleDocument, "spec" | "rules"> {
  if (!isObject(value)) return { spec: {}, rules: [] };
  const { rules, ...others } = value;
  const sound = Object.entries(others).filter(([name]) => !isMalformed(`.spec.${name}`));
  return {
    spec: Object.fromEntries(sound),
    rules: (Array.isArray(rules) ? rules : []).map((rule: Rule, index) =>
      isMalformed(`.spec.rules[${index}]`) ? undefined : rule,
    ),
  };
}

function isMalformedAt({ path, malformed }: SchemaProblem, at: string): boolean {
  return (
    malformed &&
    (path === at || path.startsWith(`${at}.`) || path.startsWith(`${at}[`) || at.startsWith(`${path}.`))
  );
}

function checkNames({ namespace, name }: ObjectRef, findings: Findings): void {
  if (name.length > 253 || !SUBDOMAIN.test(name)) {
    findings.problem(".metadata.name", "must be a lowercase RFC 1123 subdomain of at most 253 characters");
  }
  if (namespace.length > 63 || !LABEL.test(namespace)) {
    findings.problem(".metadata.namespace", "must be a lowercase RFC 1123 label of at most 63 characters");
  }
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function stringOr(value: unknown, otherwise: string): string {
  return typeof value === "string" ? value : otherwise;
}

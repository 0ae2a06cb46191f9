/** Tells the VirtualServices of APIRules from all others. */
import { APIRULE_GROUP, APIRULE_KIND } from "../api/apirule.ts";
import type { KubernetesObject } from "../api/resources.ts";
import type { ObjectRef } from "./exposure.ts";
import { objectName } from "./object-names.ts";

/**
 * The APIRule whose VirtualService an object is: the one that controls it and that it is named after. Labels say nothing,
 * because anybody can set them to anything.
 */
export function apiRuleOfVirtualService({ metadata }: KubernetesObject): ObjectRef | undefined {
  const { ownerReferences } = metadata as { ownerReferences?: unknown };
  const owners: unknown[] = Array.isArray(ownerReferences) ? ownerReferences : [];
  const [name] = owners.flatMap(controllingApiRule);
  if (name === undefined || metadata.name !== objectName(name)) return undefined;
  return { namespace: metadata.namespace, name };
}

function controllingApiRule(owner: unknown): string | [] {
  const { apiVersion, kind, name, controller } = (owner ?? {}) as Record<string, unknown>;
  const isApiRule = kind === APIRULE_KIND && String(apiVersion).startsWith(`${APIRULE_GROUP}/`);
  return isApiRule && controller === true && typeof name === "string" ? name : [];
}

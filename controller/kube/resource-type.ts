/** Kinds of objects as the API server addresses them. */
import type { ObjectRef } from "../model/exposure.ts";

/** A kind with its path in the API. */
export interface ResourceType {
  /** Empty for the core group. */
  group: string;
  version: string;
  kind: string;
  /** Lower-case plural, as in paths. */
  plural: string;
}

/** `apiVersion` of objects of a kind. */
export function apiVersionOf({ group, version }: ResourceType): string {
  return group === "" ? version : `${group}/${version}`;
}

/** Path of all objects of a kind, in one namespace or in all. */
export function collectionPath(type: ResourceType, namespace?: string): string {
  const root = type.group === "" ? `/api/${type.version}` : `/apis/${type.group}/${type.version}`;
  return namespace === undefined
    ? `${root}/${type.plural}`
    : `${root}/namespaces/${encodeURIComponent(namespace)}/${type.plural}`;
}

/** Path of one object. */
export function objectPath(type: ResourceType, { namespace, name }: ObjectRef): string {
  return `${collectionPath(type, namespace)}/${encodeURIComponent(name)}`;
}

/** Sets of policies, and the names by which routes refer to them. */
import { isDeepStrictEqual } from "node:util";
import { ID_LENGTH } from "../api/plugin-config.ts";
import type { ObjectRef, PolicySet } from "./exposure.ts";

const ROUTE_NAME = new RegExp(`^tollgate/([0-9a-f]{${ID_LENGTH}})/`);

/** Two different contents have the same id: a broken hash, never a user's mistake. */
export class ContentIdCollisionError extends Error {
  readonly code = "CONTENT_ID_COLLISION";

  constructor(id: string) {
    super(`two different contents have the id ${id}`);
    this.name = "ContentIdCollisionError";
  }
}

/** Name of the route of rule `index` of an APIRule, which carries the id of its policy. */
export function routeName(policyId: string, apiRule: ObjectRef, index: number): string {
  return `tollgate/${policyId}/${apiRule.namespace}/${apiRule.name}/${index}`;
}

/** The policy id in a route name; undefined for a route that is not Tollgate's. */
export function policyIdOfRoute(name: string): string | undefined {
  return ROUTE_NAME.exec(name)?.[1];
}

/** Everything that is in any of `sets`, each list sorted by id. Throws `ContentIdCollisionError`. */
export function unionPolicySets(...sets: readonly PolicySet[]): PolicySet {
  return mergePolicySets(sets);
}

/** As `unionPolicySets`, for a list of any length. */
export function mergePolicySets(sets: readonly PolicySet[]): PolicySet {
  const corsPolicies = union(sets.map((set) => set.corsPolicies ?? []));
  const introspectionServers = union(sets.map((set) => set.introspectionServers ?? []));
  return {
    policies: union(sets.map((set) => set.policies)),
    providers: union(sets.map((set) => set.providers)),
    keySources: union(sets.map((set) => set.keySources)),
    ...(introspectionServers.length > 0 && { introspectionServers }),
    ...(corsPolicies.length > 0 && { corsPolicies }),
  };
}

function union<T extends { id: string }>(lists: readonly (readonly T[])[]): T[] {
  const byId = new Map<string, T>();
  for (const list of lists) {
    for (const entry of list) {
      const known = byId.get(entry.id);
      if (known === undefined) byId.set(entry.id, entry);
      else if (known !== entry && !isDeepStrictEqual(known, entry))
        throw new ContentIdCollisionError(entry.id);
    }
  }
  return [...byId.values()].sort((a, b) => (a.id < b.id ? -1 : 1));
}

/** Whose host it is: among APIRules that want one host, the one that has it keeps it. */
import { APIRULE_KIND } from "../api/apirule.ts";
import type { KubernetesObject } from "../api/resources.ts";

/** Since which reading of the folder each APIRule wants its host; see `HostSeniority.next`. */
export type HostClaims = ReadonlyMap<string, number>;

/** Gives APIRules times of creation by which the model prefers those that have had their hosts for longer. */
export class HostSeniority {
  readonly #before: HostClaims;
  readonly #now: number;

  constructor(before: HostClaims = new Map()) {
    this.#before = before;
    this.#now = 1 + Math.max(0, ...before.values());
  }

  /** The object with the time by which it is judged; other kinds as they are. */
  dated(object: KubernetesObject): KubernetesObject {
    if (object.kind !== APIRULE_KIND) return object;
    const { creationTimestamp = "" } = object.metadata;
    const since = String(this.#sinceOf(object)).padStart(16, "0");
    return {
      ...object,
      metadata: { ...object.metadata, creationTimestamp: `${since} ${creationTimestamp}` },
    };
  }

  /** The claims of the APIRules that are in force now. */
  next(objects: Iterable<KubernetesObject>): HostClaims {
    const apiRules = [...objects].filter(({ kind }) => kind === APIRULE_KIND);
    return new Map(apiRules.map((object) => [claimOf(object), this.#sinceOf(object)]));
  }

  #sinceOf(object: KubernetesObject): number {
    return this.#before.get(claimOf(object)) ?? this.#now;
  }
}

function claimOf({ metadata, spec }: KubernetesObject): string {
  const { hosts, gateway } = (typeof spec === "object" && spec !== null ? spec : {}) as Record<
    string,
    unknown
  >;
  return JSON.stringify([metadata.namespace, metadata.name, hosts, gateway]);
}

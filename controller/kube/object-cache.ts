/** Objects of one kind as the API server has last shown them. */
import type { KubernetesObject } from "../api/resources.ts";
import type { ObjectRef } from "../model/exposure.ts";

/** What is kept of an object. */
export type Reduce<Kept> = (object: KubernetesObject) => Kept;

/** Told of each object that was added, changed or removed (`undefined`). */
export type CacheListener<Kept> = (ref: ObjectRef, kept: Kept | undefined, before: Kept | undefined) => void;

interface Entry<Kept> {
  ref: ObjectRef;
  resourceVersion: string;
  kept: Kept;
}

/** Reduced objects by name. An older state of an object never replaces a newer one. */
export class ObjectCache<Kept> {
  readonly #reduce: Reduce<Kept>;
  readonly #entries = new Map<string, Entry<Kept>>();
  readonly #listeners: CacheListener<Kept>[] = [];

  constructor(reduce: Reduce<Kept>) {
    this.#reduce = reduce;
  }

  /** Adds somebody who is told of changes. */
  onChange(listener: CacheListener<Kept>): void {
    this.#listeners.push(listener);
  }

  get(ref: ObjectRef): Kept | undefined {
    return this.#entries.get(cacheKey(ref))?.kept;
  }

  values(): Kept[] {
    return [...this.#entries.values()].map(({ kept }) => kept);
  }

  entries(): [ObjectRef, Kept][] {
    return [...this.#entries.values()].map(({ ref, kept }) => [ref, kept]);
  }

  get size(): number {
    return this.#entries.size;
  }

  /** Whether a newer state of an object is known. */
  hasNewer(object: KubernetesObject): boolean {
    const known = this.#entries.get(cacheKey(refOf(object)));
    return known !== undefined && isNewer(known.resourceVersion, object.metadata.resourceVersion ?? "");
  }

  /** Takes over a state that a watch or the answer to a write has shown. */
  put(object: KubernetesObject): void {
    const ref = refOf(object);
    const before = this.#entries.get(cacheKey(ref));
    const resourceVersion = object.metadata.resourceVersion ?? "";
    if (before !== undefined && !isNewer(resourceVersion, before.resourceVersion)) return;
    this.#set(ref, resourceVersion, object, before);
  }

  /** Takes an object out, unless a newer state of it is known. */
  remove(object: KubernetesObject): void {
    const ref = refOf(object);
    const before = this.#entries.get(cacheKey(ref));
    if (before === undefined || this.hasNewer(object)) return;
    this.#delete(before);
  }

  /** Takes over a complete list. */
  replace(objects: readonly KubernetesObject[]): void {
    const listed = new Set(objects.map((object) => cacheKey(refOf(object))));
    for (const [key, entry] of [...this.#entries]) if (!listed.has(key)) this.#delete(entry);
    for (const object of objects) {
      const ref = refOf(object);
      const before = this.#entries.get(cacheKey(ref));
      const resourceVersion = object.metadata.resourceVersion ?? "";
      if (before?.resourceVersion !== resourceVersion) this.#set(ref, resourceVersion, object, before);
    }
  }

  #set(
    ref: ObjectRef,
    resourceVersion: string,
    object: KubernetesObject,
    before: Entry<Kept> | undefined,
  ): void {
    const kept = this.#reduce(object);
    this.#entries.set(cacheKey(ref), { ref, resourceVersion, kept });
    for (const listener of this.#listeners) listener(ref, kept, before?.kept);
  }

  #delete({ ref, kept }: Entry<Kept>): void {
    this.#entries.delete(cacheKey(ref));
    for (const listener of this.#listeners) listener(ref, undefined, kept);
  }
}

/** `namespace/name`; of a cluster-wide object `/name`. */
export function cacheKey({ namespace, name }: ObjectRef): string {
  return `${namespace}/${name}`;
}

/** The object that a `cacheKey` names. */
export function refOfKey(key: string): ObjectRef {
  const slash = key.indexOf("/");
  return { namespace: key.slice(0, slash), name: key.slice(slash + 1) };
}

function refOf({ metadata }: KubernetesObject): ObjectRef {
  return { namespace: metadata.namespace ?? "", name: metadata.name };
}

/** Compares resource versions, which are decimal numbers that grow (Kubernetes API concepts, "Resource versions"). */
function isNewer(version: string, than: string): boolean {
  if (version.length !== than.length) return version.length > than.length;
  return version > than;
}

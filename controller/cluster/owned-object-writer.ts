/** Makes an owned object be exactly what it is meant to be, with no write when it is. */
import type { KubernetesObject } from "../api/resources.ts";
import { cacheKey, type ObjectCache } from "../kube/object-cache.ts";
import type { ObjectWriter } from "../kube/object-writer.ts";
import type { ResourceType } from "../kube/resource-type.ts";
import { digestOf } from "./owned-object.ts";

/** What has to be kept of an owned object. */
export interface OwnedState {
  digest: string;
  resourceVersion: string;
  uid: string;
}

/** Writes the objects of one kind. The answers to writes go into the cache at once. */
export class OwnedObjectWriter<Kept extends OwnedState> {
  readonly #writer: ObjectWriter;
  readonly #type: ResourceType;
  readonly #cache: ObjectCache<Kept>;
  /** Objects that the API server completes by itself: the state that a write of a digest has led to. */
  readonly #completed = new Map<string, { digest: string; resourceVersion: string }>();

  constructor(writer: ObjectWriter, type: ResourceType, cache: ObjectCache<Kept>) {
    this.#writer = writer;
    this.#type = type;
    this.#cache = cache;
  }

  /** Whether the object is already as `desired` says. */
  isInPlace(desired: KubernetesObject, digest = digestOf(desired)): boolean {
    const live = this.#cache.get(desired.metadata);
    if (live === undefined) return false;
    if (live.digest === digest) return true;
    const completed = this.#completed.get(cacheKey(desired.metadata));
    return completed?.digest === digest && completed.resourceVersion === live.resourceVersion;
  }

  /** Writes the object. What others have added to its spec is removed. Throws ApiError. */
  async write(desired: KubernetesObject, signal: AbortSignal): Promise<void> {
    const digest = digestOf(desired);
    let answer = await this.#writer.apply(this.#type, desired, signal);
    if (digestOf(answer) !== digest) {
      answer = await this.#writer.replace(this.#type, replacementOf(answer, desired), signal);
    }
    const key = cacheKey(desired.metadata);
    const { resourceVersion = "" } = answer.metadata;
    if (digestOf(answer) === digest) this.#completed.delete(key);
    else this.#completed.set(key, { digest, resourceVersion });
    this.#cache.put(answer);
  }

  /** Deletes the object if it is there. Throws ApiError. */
  async remove(ref: { namespace: string; name: string }, signal: AbortSignal): Promise<void> {
    const live = this.#cache.get(ref);
    if (live === undefined) return;
    this.#completed.delete(cacheKey(ref));
    await this.#writer.delete(this.#type, ref, signal, live.uid);
  }
}

/** What others have added to metadata stays. */
function replacementOf(live: KubernetesObject, desired: KubernetesObject): KubernetesObject {
  const { managedFields: _, ...metadata } = live.metadata as KubernetesObject["metadata"] & {
    managedFields?: unknown;
  };
  const labels = { ...metadata.labels, ...desired.metadata.labels };
  return { ...desired, metadata: { ...metadata, ...desired.metadata, labels } };
}

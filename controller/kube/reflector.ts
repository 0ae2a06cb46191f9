/** Keeps a cache equal to what the API server has: lists once, then watches. */
import { setTimeout as delay } from "node:timers/promises";
import type { KubernetesObject } from "../api/resources.ts";
import { messageOf } from "../errors.ts";
import type { Logger } from "../log.ts";
import type { ApiClient } from "./api-client.ts";
import { isExpired, isNotFound, toApiError } from "./api-error.ts";
import { Backoff } from "./backoff.ts";
import type { ObjectCache } from "./object-cache.ts";
import { apiVersionOf, collectionPath, type ResourceType } from "./resource-type.ts";

export interface ReflectorOptions {
  client: Pick<ApiClient, "request" | "lines">;
  type: ResourceType;
  /** Absent: all namespaces. */
  namespace?: string;
  labelSelector?: string;
  fieldSelector?: string;
  cache: Pick<ObjectCache<unknown>, "put" | "remove" | "replace">;
  /** Told whether the API server knows the kind. One that it does not know is no empty list: the cache stays as it is. */
  onServed?: (isServed: boolean) => void;
  log: Logger;
}

interface ListPage {
  metadata: { resourceVersion: string; continue?: string };
  items: KubernetesObject[] | null;
}

interface WatchEvent {
  type: "ADDED" | "MODIFIED" | "DELETED" | "BOOKMARK" | "ERROR";
  object: KubernetesObject;
}

const PAGE_SIZE = 500;
const LIST_TIMEOUT_MS = 30_000;
/** The API server ends a watch after this time; it then goes on from where it was. */
const WATCH_SECONDS = 300;
/** Bookmarks come about once a minute, so a watch that is silent for longer is dead. */
const WATCH_SILENCE_MS = 100_000;
const RETRY = { firstMs: 200, ceilingMs: 5_000 };

/** Follows the objects of one kind. */
export class Reflector {
  readonly #options: ReflectorOptions;
  readonly #backoff = new Backoff(RETRY);
  #resourceVersion: string | undefined;
  #listedAt = Number.NEGATIVE_INFINITY;
  #round = new AbortController();
  #onList: (() => void)[] = [];
  /** Settles when the cache holds a complete list for the first time. */
  readonly synced: Promise<void>;

  constructor(options: ReflectorOptions) {
    this.#options = options;
    this.synced = this.#nextList();
  }

  /** Follows until `signal` is aborted. Never rejects: what fails is tried again. */
  async run(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      this.#round = new AbortController();
      const round = AbortSignal.any([signal, this.#round.signal]);
      try {
        if (this.#resourceVersion === undefined) await this.#list(round);
        await this.#watch(round);
      } catch (error) {
        if (!round.aborted) await this.#recover(error, round);
      }
    }
  }

  /**
   * Lists anew, unless the last list was asked for less than `maxAgeMs` ago; settles when the cache holds it. For when
   * it matters that the cache is up to date: a watch may be behind without knowing, or wait to be tried again.
   */
  async refresh(maxAgeMs: number): Promise<void> {
    if (performance.now() - this.#listedAt < maxAgeMs) return;
    const listed = this.#nextList();
    this.#resourceVersion = undefined;
    this.#round.abort();
    await listed;
  }

  #nextList(): Promise<void> {
    return new Promise((resolve) => {
      this.#onList.push(resolve);
    });
  }

  async #recover(error: unknown, signal: AbortSignal): Promise<void> {
    const { type, log, onServed } = this.#options;
    const resource = type.plural;
    if (isNotFound(error)) {
      this.#resourceVersion = undefined;
      onServed?.(false);
    }
    if (isExpired(error)) {
      this.#resourceVersion = undefined;
      log.info({ resource }, "Watch has expired; listing again");
      return;
    }
    const retryMs = this.#backoff.next();
    log.warn({ resource, error: messageOf(error), retryMs: Math.round(retryMs) }, "Watch has failed");
    await delay(retryMs, undefined, { signal }).catch(() => {});
  }

  async #list(signal: AbortSignal): Promise<void> {
    const { client, cache, onServed } = this.#options;
    const startedAt = performance.now();
    const objects: KubernetesObject[] = [];
    let next: string | undefined;
    let resourceVersion: string;
    do {
      const page: ListPage = await client.request({
        method: "GET",
        path: this.#path(),
        query: { ...this.#selectors(), limit: PAGE_SIZE, continue: next },
        signal,
        timeoutMs: LIST_TIMEOUT_MS,
      });
      for (const item of page.items ?? []) objects.push(this.#typed(item));
      resourceVersion = page.metadata.resourceVersion;
      next = page.metadata.continue || undefined;
    } while (next !== undefined);
    cache.replace(objects);
    this.#resourceVersion = resourceVersion;
    this.#listedAt = startedAt;
    for (const settle of this.#onList.splice(0)) settle();
    onServed?.(true);
  }

  async #watch(signal: AbortSignal): Promise<void> {
    const lines = this.#options.client.lines({
      method: "GET",
      path: this.#path(),
      query: {
        ...this.#selectors(),
        watch: true,
        allowWatchBookmarks: true,
        timeoutSeconds: WATCH_SECONDS,
        resourceVersion: this.#resourceVersion,
      },
      signal,
      timeoutMs: WATCH_SILENCE_MS,
    });
    for await (const line of lines) {
      this.#apply(JSON.parse(line) as WatchEvent);
      this.#backoff.reset();
    }
  }

  #apply({ type, object }: WatchEvent): void {
    const { cache } = this.#options;
    if (type === "ERROR") {
      const { code } = object as { code?: unknown };
      throw toApiError(typeof code === "number" ? code : 500, JSON.stringify(object), undefined);
    }
    if (type === "DELETED") cache.remove(this.#typed(object));
    else if (type !== "BOOKMARK") cache.put(this.#typed(object));
    this.#resourceVersion = object.metadata.resourceVersion;
  }

  #path(): string {
    return collectionPath(this.#options.type, this.#options.namespace);
  }

  #selectors(): Record<string, string | undefined> {
    const { labelSelector, fieldSelector } = this.#options;
    return { labelSelector, fieldSelector };
  }

  /** Items of a list of a built-in kind lack both fields. */
  #typed(object: KubernetesObject): KubernetesObject {
    const { type } = this.#options;
    return { ...object, apiVersion: apiVersionOf(type), kind: type.kind };
  }
}

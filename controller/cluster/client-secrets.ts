/**
 * The Secrets that introspections name, each read by its name again and again: to read one takes no more than `get` on
 * that Secret, and watches of many would each hold a connection.
 */
import type { Secret } from "../api/resources.ts";
import { messageOf } from "../errors.ts";
import type { ApiClient } from "../kube/api-client.ts";
import { ApiError, isNotFound } from "../kube/api-error.ts";
import { cacheKey } from "../kube/object-cache.ts";
import { objectPath } from "../kube/resource-type.ts";
import type { ObjectRef } from "../model/exposure.ts";
import type { FoundSecret } from "../relay/relay-targets.ts";
import { Pause } from "./pause.ts";
import { SECRETS } from "./resource-types.ts";

export interface ClientSecretsOptions {
  client: Pick<ApiClient, "request">;
  /** Called when a Secret is not what it was. */
  onChange: (ref: ObjectRef) => void;
}

interface Entry {
  ref: ObjectRef;
  users: number;
  found: FoundSecret;
}

/** Time between two readings, so the longest until a rotated Secret is in use. */
const INTERVAL_MS = 5_000;

const NOT_READ: FoundSecret = { problem: "the Secret has not been read yet" };

/** Secrets are read as long as somebody uses them. */
export class ClientSecrets {
  readonly #options: ClientSecretsOptions;
  readonly #entries = new Map<string, Entry>();
  readonly #pause = new Pause();

  constructor(options: ClientSecretsOptions) {
    this.#options = options;
  }

  /** Has a Secret read, from now on, until `release` was called as often. */
  use(ref: ObjectRef): void {
    const entry = this.#entries.get(cacheKey(ref)) ?? { ref, users: 0, found: NOT_READ };
    entry.users++;
    this.#entries.set(cacheKey(ref), entry);
    if (entry.users === 1) this.#pause.end();
  }

  /** Takes one `use` back. */
  release(ref: ObjectRef): void {
    const entry = this.#entries.get(cacheKey(ref));
    if (entry !== undefined && --entry.users === 0) this.#entries.delete(cacheKey(ref));
  }

  /** The Secret as it was read last. */
  get(ref: ObjectRef): FoundSecret {
    return this.#entries.get(cacheKey(ref))?.found ?? NOT_READ;
  }

  /** Reads until `signal` is aborted. Never rejects. */
  async run(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      for (const entry of [...this.#entries.values()]) {
        if (!signal.aborted) await this.#update(entry, signal);
      }
      await this.#pause.wait(INTERVAL_MS, signal);
    }
  }

  async #update(entry: Entry, signal: AbortSignal): Promise<void> {
    const found = await this.#read(entry, signal);
    const isSame = JSON.stringify(found) === JSON.stringify(entry.found);
    entry.found = found;
    if (!isSame && !signal.aborted) this.#options.onChange(entry.ref);
  }

  /** While the API server gives no answer, what was read last stays. */
  async #read({ ref, found }: Entry, signal: AbortSignal): Promise<FoundSecret> {
    try {
      const secret = await this.#options.client.request<Pick<Secret, "type" | "data">>({
        method: "GET",
        path: objectPath(SECRETS, ref),
        signal,
      });
      const { type = "", data = {} } = secret;
      return { secret: { apiVersion: "v1", kind: "Secret", metadata: ref, type, data } };
    } catch (error) {
      if (isNotFound(error)) return { problem: `there is no Secret ${cacheKey(ref)}` };
      const isRefused = error instanceof ApiError && error.isRefusal;
      if (!isRefused && found !== NOT_READ) return found;
      return { problem: `Secret ${cacheKey(ref)} cannot be read: ${messageOf(error)}` };
    }
  }
}

/** Writes objects as one field manager. */
import type { KubernetesObject } from "../api/resources.ts";
import { ControllerError } from "../errors.ts";
import type { ObjectRef } from "../model/exposure.ts";
import { type ApiClient, type ApiRequest, CONTENT_TYPES } from "./api-client.ts";
import { isNotFound } from "./api-error.ts";
import { objectPath, type ResourceType } from "./resource-type.ts";

/** What kind of write was made. */
export type WriteVerb = "apply" | "apply_status" | "patch" | "replace" | "delete";

export interface ObjectWriterOptions {
  client: ApiClient;
  fieldManager: string;
  /** Whether writes are allowed at this moment; otherwise they are rejected. */
  mayWrite: () => boolean;
  /** Told of each write that the API server has accepted. */
  onWrite?: (type: ResourceType, verb: WriteVerb) => void;
}

/** Writes with server-side apply. Fields of ours that another manager holds are taken back. */
export class ObjectWriter {
  readonly #options: ObjectWriterOptions;

  constructor(options: ObjectWriterOptions) {
    this.#options = options;
  }

  /** Creates the object or changes the fields that it has, and returns what there is then. Throws ApiError. */
  apply(type: ResourceType, object: KubernetesObject, signal: AbortSignal): Promise<KubernetesObject> {
    return this.#apply(type, object, "apply", signal);
  }

  /** As `apply`, for the status. */
  applyStatus(type: ResourceType, object: KubernetesObject, signal: AbortSignal): Promise<KubernetesObject> {
    return this.#apply(type, object, "apply_status", signal);
  }

  /** Replaces an object of which `metadata.resourceVersion` is the newest one, and returns what there is then. */
  replace(type: ResourceType, object: KubernetesObject, signal: AbortSignal): Promise<KubernetesObject> {
    const { fieldManager } = this.#options;
    const path = objectPath(type, object.metadata);
    return this.#write(type, "replace", {
      method: "PUT",
      path,
      query: { fieldManager },
      body: object,
      signal,
    });
  }

  /** Changes the members that `patch` has (RFC 7396), and returns what there is then. Throws ApiError. */
  patch(type: ResourceType, ref: ObjectRef, patch: object, signal: AbortSignal): Promise<KubernetesObject> {
    const { fieldManager } = this.#options;
    return this.#write(type, "patch", {
      method: "PATCH",
      path: objectPath(type, ref),
      query: { fieldManager },
      body: patch,
      contentType: CONTENT_TYPES.mergePatch,
      signal,
    });
  }

  /** Deletes an object, and is content when it is gone already. With `uid` only that very object. */
  async delete(type: ResourceType, ref: ObjectRef, signal: AbortSignal, uid?: string): Promise<void> {
    try {
      await this.#write(type, "delete", {
        method: "DELETE",
        path: objectPath(type, ref),
        body: {
          apiVersion: "v1",
          kind: "DeleteOptions",
          propagationPolicy: "Background",
          ...(uid !== undefined && { preconditions: { uid } }),
        },
        signal,
      });
    } catch (error) {
      if (!isNotFound(error)) throw error;
    }
  }

  #apply(
    type: ResourceType,
    object: KubernetesObject,
    verb: "apply" | "apply_status",
    signal: AbortSignal,
  ): Promise<KubernetesObject> {
    const { fieldManager } = this.#options;
    const path = objectPath(type, object.metadata);
    return this.#write(type, verb, {
      method: "PATCH",
      path: verb === "apply" ? path : `${path}/status`,
      query: { fieldManager, force: true },
      body: object,
      contentType: CONTENT_TYPES.apply,
      signal,
    });
  }

  async #write(type: ResourceType, verb: WriteVerb, request: ApiRequest): Promise<KubernetesObject> {
    const { client, mayWrite, onWrite } = this.#options;
    if (!mayWrite()) throw new ControllerError("not_leader", "this replica does not lead any more");
    const answer = await client.request<KubernetesObject>(request);
    onWrite?.(type, verb);
    return answer;
  }
}

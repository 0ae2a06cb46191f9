/** Kubernetes Events: what happened to an object, for `kubectl describe`. */
import { randomUUID } from "node:crypto";
import type { KubernetesObject } from "../api/resources.ts";
import { messageOf } from "../errors.ts";
import type { Logger } from "../log.ts";
import type { ApiClient } from "./api-client.ts";
import { apiVersionOf, collectionPath, type ResourceType } from "./resource-type.ts";
import { TokenBucket } from "./token-bucket.ts";

export interface EventRecorderOptions {
  client: ApiClient;
  /** Name of the controller, as a domain. */
  reportingController: string;
  reportingInstance: string;
  log: Logger;
}

export interface EventNote {
  type: "Normal" | "Warning";
  /** One word in CamelCase. */
  reason: string;
  /** What was being done, one word in CamelCase. */
  action: string;
  note: string;
}

const EVENTS: ResourceType = { group: "events.k8s.io", version: "v1", kind: "Event", plural: "events" };
const PER_SECOND = 10;
const BURST = 100;
const MAX_NOTE = 1_024;

/** Writes Events. They are news, not records: when there are too many, or one cannot be written, it is left out. */
export class EventRecorder {
  readonly #options: EventRecorderOptions;
  readonly #bucket = new TokenBucket(PER_SECOND, BURST);

  constructor(options: EventRecorderOptions) {
    this.#options = options;
  }

  /** Writes an Event about an object. Never rejects. */
  async record(object: KubernetesObject, { type, reason, action, note }: EventNote): Promise<void> {
    const { client, reportingController, reportingInstance, log } = this.#options;
    if (!this.#bucket.tryTake()) return;
    const { namespace, name, uid, resourceVersion } = object.metadata;
    const regarding = {
      apiVersion: object.apiVersion,
      kind: object.kind,
      namespace,
      name,
      uid,
      resourceVersion,
    };
    const body = {
      apiVersion: apiVersionOf(EVENTS),
      kind: EVENTS.kind,
      metadata: { namespace, name: `${name.slice(0, 200)}.${randomUUID()}` },
      eventTime: new Date().toISOString().replace("Z", "000Z"),
      ...{ reportingController, reportingInstance, type, reason, action, regarding },
      note: note.length > MAX_NOTE ? `${note.slice(0, MAX_NOTE - 1)}…` : note,
    };
    try {
      await client.request({ method: "POST", path: collectionPath(EVENTS, namespace), body });
    } catch (error) {
      log.debug({ error: messageOf(error) }, "Event could not be written");
    }
  }
}

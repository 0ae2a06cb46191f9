/** Writes the status of APIRules, and tells of changes by Events. */
import type { EventRecorder } from "../kube/event-recorder.ts";
import type { ObjectCache } from "../kube/object-cache.ts";
import type { ObjectWriter } from "../kube/object-writer.ts";
import type { KeptApiRule } from "./kept-objects.ts";
import { API_RULES } from "./resource-types.ts";
import { type Assessment, nextStatus, type State } from "./status.ts";

export interface StatusWriterOptions {
  writer: ObjectWriter;
  cache: ObjectCache<KeptApiRule>;
  events: Pick<EventRecorder, "record">;
  /** Current time. */
  now?: () => Date;
}

const REASONS: Readonly<Record<State, string>> = {
  Ready: "Enforced",
  Processing: "Pending",
  Deleting: "Deleting",
  Warning: "NotFullyEnforced",
  Error: "Refused",
};

/** Writes a status only when it says something new. */
export class StatusWriter {
  readonly #options: Required<StatusWriterOptions>;

  constructor(options: StatusWriterOptions) {
    this.#options = { now: () => new Date(), ...options };
  }

  /** Throws ApiError. */
  async write(kept: KeptApiRule, assessment: Assessment, signal: AbortSignal): Promise<void> {
    const { writer, cache, events, now } = this.#options;
    const { object, generation, uid } = kept;
    const { namespace, name } = object.metadata;
    const before = cache.get({ namespace, name })?.status;
    const status = nextStatus(before, assessment, generation, toSeconds(now()));
    if (status === undefined) return;
    const { apiVersion, kind } = object;
    const written = { apiVersion, kind, metadata: { namespace, name, uid }, status };
    cache.put(await writer.applyStatus(API_RULES, written, signal));
    if (status.state === before?.state || status.state === "Processing") return;
    const type = status.state === "Ready" ? "Normal" : "Warning";
    const note = assessment.description;
    void events.record(object, { type, reason: REASONS[status.state], action: "Reconcile", note });
  }
}

function toSeconds(time: Date): string {
  return `${time.toISOString().slice(0, 19)}Z`;
}

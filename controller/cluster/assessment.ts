/** What there is to say about an APIRule. */
import type { Problem } from "../model/exposure.ts";
import { type Assessment, describeProblems, listProblems, type Observation, type State } from "./status.ts";

/** How far the routes of an accepted APIRule have come. */
export type Progress =
  /** The VirtualService is in place; what is observed of the gateways. */
  | { kind: "programmed"; enforced: Observation }
  /** The routes wait for something, and what was there before serves. */
  | {
      kind: "waiting";
      state: Extract<State, "Processing" | "Warning" | "Error">;
      reason: string;
      message: string;
    };

export const ENFORCED: Observation = {
  status: "True",
  reason: "Observed",
  message: "every gateway was seen with the policies of the routes",
};

/** An APIRule that is refused. Nothing is torn down: what was there before serves. */
export function assessRefused(problems: readonly Problem[], isServed: boolean): Assessment {
  const message = isServed
    ? "the APIRule is not accepted; the last accepted one is in force"
    : "the APIRule is not accepted";
  const held: Observation = { status: "False", reason: "NotAccepted", message };
  return {
    state: "Error",
    description: describeProblems(problems),
    conditions: {
      Accepted: { status: "False", reason: "Invalid", message: listProblems(problems) },
      Programmed: held,
      Enforced: held,
      KeysReady: { status: "Unknown", reason: "NotAccepted", message },
    },
  };
}

/** An APIRule that cannot be judged for want of CRDs. Nothing is torn down: what was there before stays. */
export function assessDependenciesMissing(crds: readonly string[]): Assessment {
  const lines = crds.map(
    (crd) => `CRD ${crd} is not present. Make sure to install required dependencies for the component`,
  );
  const description = lines.join("\n");
  const unknown: Observation = { status: "Unknown", reason: "DependenciesMissing", message: description };
  return {
    state: "Warning",
    description,
    conditions: {
      Accepted: unknown,
      Programmed: { ...unknown, status: "False" },
      Enforced: unknown,
      KeysReady: unknown,
    },
  };
}

/** An APIRule that is accepted. */
export function assessAccepted(
  warnings: readonly Problem[],
  progress: Progress,
  keysReady: Observation,
): Assessment {
  const Accepted: Observation =
    warnings.length === 0
      ? { status: "True", reason: "Accepted", message: "the APIRule is valid" }
      : { status: "True", reason: "AcceptedWithWarnings", message: listProblems(warnings) };
  if (progress.kind === "waiting") {
    const { state, reason, message } = progress;
    const held: Observation = { status: "False", reason, message };
    return {
      state,
      description: message,
      conditions: { Accepted, Programmed: held, Enforced: held, KeysReady: keysReady },
    };
  }
  const Programmed: Observation = {
    status: "True",
    reason: "Programmed",
    message: "the VirtualService is in place",
  };
  const conditions = { Accepted, Programmed, Enforced: progress.enforced, KeysReady: keysReady };
  const concern = [progress.enforced, keysReady].find(({ status }) => status !== "True");
  if (concern !== undefined) return { state: "Warning", description: concern.message, conditions };
  return { state: "Ready", description: "Reconciled successfully", conditions };
}

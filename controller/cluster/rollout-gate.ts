/** Lets the routes of an APIRule through when every gateway knows their policies: make before break. */
import { ENFORCED, type Progress } from "./assessment.ts";
import type { GatewayView } from "./gateway-view.ts";
import type { Observation } from "./status.ts";
import type { WorkloadProblem } from "./wasm-plugin-reconciler.ts";

export interface RolloutGateOptions {
  viewOf: (workload: string) => GatewayView;
  problemOf: (workload: string) => WorkloadProblem | undefined;
  /** Longest wait for gateways before the status says that they do not follow. */
  timeoutMs: number;
  /** Asks for another reconciliation of an APIRule. */
  later: (apiRule: string, delayMs: number) => void;
  /** Monotonic milliseconds. */
  now?: () => number;
}

/** Whether routes may be written now. */
export type Passage =
  | { kind: "open"; enforced: Observation }
  /** `progress` is absent while the wait is too short to be worth a word. */
  | { kind: "closed"; progress?: Progress };

/** A wait of this length is ordinary. */
const ORDINARY_WAIT_MS = 1_000;

/** Remembers since when each APIRule waits. */
export class RolloutGate {
  readonly #options: Required<RolloutGateOptions>;
  readonly #waiting = new Map<string, { workload: string; since: number }>();

  constructor(options: RolloutGateOptions) {
    this.#options = { now: () => performance.now(), ...options };
  }

  /** APIRules that wait for the gateways of a workload. */
  waitingFor(workload: string): string[] {
    return [...this.#waiting].flatMap(([apiRule, wait]) => (wait.workload === workload ? [apiRule] : []));
  }

  /** Ends the wait of an APIRule. */
  forget(apiRule: string): void {
    this.#waiting.delete(apiRule);
  }

  /** Whether every gateway of a workload knows the given policies now. */
  isKnown(workload: string, policies: readonly string[]): boolean {
    const view = this.#options.viewOf(workload);
    return policies.every((policy) => view.runs(policy));
  }

  /**
   * Whether the routes of an APIRule, which name the given policies, may be written.
   *
   * @param isInPlace whether they are written already
   */
  ask(apiRule: string, workload: string, policies: readonly string[], isInPlace: boolean): Passage {
    const view = this.#options.viewOf(workload);
    if (this.isKnown(workload, policies)) {
      this.forget(apiRule);
      return { kind: "open", enforced: enforcedIn(view) };
    }
    const waitedMs = this.#wait(apiRule, workload);
    const { timeoutMs } = this.#options;
    const problem = this.#options.problemOf(workload);
    if (problem !== undefined) return { kind: "closed", progress: { kind: "waiting", ...problem } };
    if (waitedMs < timeoutMs) {
      const isWorthAWord = waitedMs >= ORDINARY_WAIT_MS && !isInPlace;
      return isWorthAWord ? { kind: "closed", progress: PENDING } : { kind: "closed" };
    }
    const late = { reason: reasonIn(view), message: this.#lateness(view, isInPlace) };
    if (!isInPlace) return { kind: "closed", progress: { kind: "waiting", state: "Warning", ...late } };
    return { kind: "open", enforced: { status: "False", ...late } };
  }

  #wait(apiRule: string, workload: string): number {
    const { now, later, timeoutMs } = this.#options;
    const since = this.#waiting.get(apiRule)?.since ?? now();
    this.#waiting.set(apiRule, { workload, since });
    const waitedMs = now() - since;
    const next = [ORDINARY_WAIT_MS, timeoutMs].find((milestone) => milestone > waitedMs);
    if (next !== undefined) later(apiRule, next - waitedMs);
    return waitedMs;
  }

  #lateness(view: GatewayView, isInPlace: boolean): string {
    const what = view.isKnown
      ? view.silent.length > 0
        ? `gateways do not answer: ${view.silent.join(", ")}`
        : "gateways have not taken over the configuration of the filter"
      : "gateways cannot be found";
    const seconds = this.#options.timeoutMs / 1_000;
    const consequence = isInPlace ? "routes without policy are refused" : "the new routes are held back";
    return `for more than ${seconds} s ${what}; ${consequence}`;
  }
}

const PENDING: Progress = {
  kind: "waiting",
  state: "Processing",
  reason: "Pending",
  message: "the gateways are taking over the policies",
};

function enforcedIn(view: GatewayView): Observation {
  if (view.size === 0) {
    return { status: "Unknown", reason: "NoGateway", message: "no pod of the gateway is ready" };
  }
  if (view.silent.length === 0) return ENFORCED;
  const message = `gateways do not answer: ${view.silent.join(", ")}`;
  return { status: "Unknown", reason: "GatewaySilent", message };
}

function reasonIn(view: GatewayView): string {
  if (!view.isKnown) return "GatewaysUnknown";
  return view.silent.length > 0 ? "GatewaySilent" : "GatewayNotUpdated";
}

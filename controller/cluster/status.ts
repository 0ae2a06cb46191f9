/** `status` of an APIRule from what was observed. */
import type { Static } from "typebox";
import type { StatusSchema } from "../api/apirule/status.ts";
import type { Problem } from "../model/exposure.ts";

export type ApiRuleStatus = Static<typeof StatusSchema>;
export type State = ApiRuleStatus["state"];

const CONDITION_TYPES = ["Accepted", "Programmed", "Enforced", "KeysReady"] as const;

type ConditionType = (typeof CONDITION_TYPES)[number];

/** What is observed of one thing. */
export interface Observation {
  status: "True" | "False" | "Unknown";
  /** One word in CamelCase. */
  reason: string;
  message: string;
}

/** Everything that a status says, without times. */
export interface Assessment {
  state: State;
  description: string;
  conditions: Readonly<Record<ConditionType, Observation>>;
}

const MAX_PROBLEMS = 3;
const MAX_LINE = 2_000;
const MAX_MESSAGE = 32_000;

/** The description of an APIRule that is refused. */
export function describeProblems(problems: readonly Problem[]): string {
  const lines = problems
    .slice(0, MAX_PROBLEMS)
    .map(({ path, message }) => shorten(`Attribute '${path}': ${message}`, MAX_LINE));
  const rest = problems.length - MAX_PROBLEMS;
  return `Validation errors: ${[...lines, ...(rest > 0 ? [`${rest} more error(s)...`] : [])].join("\n")}`;
}

/** Every problem or warning, one a line. */
export function listProblems(problems: readonly Problem[]): string {
  return problems.map(({ path, message }) => `${path}: ${message}`).join("\n");
}

/**
 * The status to write, or undefined when the one that is there says the same. A time of transition changes with the
 * `status` of its condition alone.
 *
 * @param now RFC 3339
 */
export function nextStatus(
  before: ApiRuleStatus | undefined,
  { state, description, conditions }: Assessment,
  observedGeneration: number,
  now: string,
): ApiRuleStatus | undefined {
  const next: ApiRuleStatus = {
    state,
    description,
    lastProcessedTime: before?.lastProcessedTime ?? now,
    observedGeneration,
    conditions: CONDITION_TYPES.map((type) => {
      const { status, reason, message } = conditions[type];
      const known = before?.conditions?.find((condition) => condition.type === type);
      const lastTransitionTime = known?.status === status ? known.lastTransitionTime : now;
      return {
        type,
        status,
        observedGeneration,
        lastTransitionTime,
        reason,
        message: shorten(message, MAX_MESSAGE),
      };
    }),
  };
  return isSame(before, next) ? undefined : { ...next, lastProcessedTime: now };
}

function isSame(before: ApiRuleStatus | undefined, next: ApiRuleStatus): boolean {
  return before !== undefined && textOf(before) === textOf(next);
}

/** Members in one order, whichever order the API server has them in. */
function textOf({ state, description, observedGeneration, conditions = [] }: ApiRuleStatus): string {
  const ours = conditions.filter(({ type }) => CONDITION_TYPES.some((name) => name === type));
  const tuples = ours
    .map((condition) => [
      condition.type,
      condition.status,
      condition.reason,
      condition.message,
      condition.observedGeneration,
    ])
    .sort();
  return JSON.stringify([state, description, observedGeneration, tuples]);
}

function shorten(text: string, length: number): string {
  return text.length > length ? `${text.slice(0, length - 1)}…` : text;
}

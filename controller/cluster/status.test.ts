import { expect, test } from "vitest";
import { assessAccepted, assessDependenciesMissing, assessRefused, ENFORCED } from "./assessment.ts";
import { describeProblems, nextStatus } from "./status.ts";

const KEYS = { status: "True", reason: "KeysAvailable", message: "" } as const;
const READY = assessAccepted([], { kind: "programmed", enforced: ENFORCED }, KEYS);

test("three problems are described, and the rest counted", () => {
  const problems = ["a", "b", "c", "d", "e"].map((path) => ({ path, message: "is wrong" }));
  expect(describeProblems(problems.slice(0, 1))).toBe("Validation errors: Attribute 'a': is wrong");
  expect(describeProblems(problems)).toBe(
    "Validation errors: Attribute 'a': is wrong\nAttribute 'b': is wrong\nAttribute 'c': is wrong\n2 more error(s)...",
  );
});

test("an APIRule that is in force is ready", () => {
  expect(nextStatus(undefined, READY, 3, "2026-01-01T00:00:00Z")).toEqual({
    state: "Ready",
    description: "Reconciled successfully",
    lastProcessedTime: "2026-01-01T00:00:00Z",
    observedGeneration: 3,
    conditions: ["Accepted", "Programmed", "Enforced", "KeysReady"].map((type) =>
      expect.objectContaining({ type, status: "True", lastTransitionTime: "2026-01-01T00:00:00Z" }),
    ),
  });
});

test("a status that says nothing new is not written", () => {
  const before = nextStatus(undefined, READY, 3, "2026-01-01T00:00:00Z");
  const reordered = before && { ...before, conditions: [...(before.conditions ?? [])].reverse() };
  expect(nextStatus(reordered, READY, 3, "2026-01-02T00:00:00Z")).toBeUndefined();
});

test("only a condition whose status changes has a new time of transition", () => {
  const before = nextStatus(undefined, READY, 3, "2026-01-01T00:00:00Z");
  const keys = { status: "False", reason: "KeysUnavailable", message: "no keys" } as const;
  const warned = assessAccepted([], { kind: "programmed", enforced: ENFORCED }, keys);
  const after = nextStatus(before, warned, 4, "2026-01-02T00:00:00Z");
  expect(after).toMatchObject({ state: "Warning", description: "no keys", observedGeneration: 4 });
  const times = Object.fromEntries(
    (after?.conditions ?? []).map(({ type, lastTransitionTime }) => [type, lastTransitionTime]),
  );
  expect(times).toEqual({
    Accepted: "2026-01-01T00:00:00Z",
    Programmed: "2026-01-01T00:00:00Z",
    Enforced: "2026-01-01T00:00:00Z",
    KeysReady: "2026-01-02T00:00:00Z",
  });
});

test("an APIRule that is refused says whether something serves", () => {
  const problems = [{ path: ".spec", message: "is wrong" }];
  expect(assessRefused(problems, true).conditions.Enforced.message).toContain(
    "the last accepted one is in force",
  );
  expect(assessRefused(problems, false).conditions.Enforced.message).not.toContain("in force");
  expect(assessRefused(problems, false).state).toBe("Error");
});

test("warnings do not keep an APIRule from being ready", () => {
  const warnings = [{ path: ".spec.corsPolicy", message: "no rule lists OPTIONS" }];
  const assessment = assessAccepted(warnings, { kind: "programmed", enforced: ENFORCED }, KEYS);
  expect(assessment.state).toBe("Ready");
  expect(assessment.conditions.Accepted).toMatchObject({ status: "True", reason: "AcceptedWithWarnings" });
});

test("missing CRDs are named one a line, and leave open whether the APIRule is right", () => {
  const { state, description, conditions } = assessDependenciesMissing(["a.example.com", "b.example.com"]);
  expect(state).toBe("Warning");
  expect(description).toBe(
    "CRD a.example.com is not present. Make sure to install required dependencies for the component\n" +
      "CRD b.example.com is not present. Make sure to install required dependencies for the component",
  );
  expect(conditions.Accepted).toEqual({
    status: "Unknown",
    reason: "DependenciesMissing",
    message: description,
  });
});

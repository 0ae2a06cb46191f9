import { expect, test } from "vitest";
import { PolicyUse } from "./policy-use.ts";

test("a workload is told to have changed when a policy is named first or last, and only then", () => {
  const use = new PolicyUse();
  expect(use.set("one", [{ workload: "w", policies: ["a", "b"] }])).toEqual(new Set(["w"]));
  expect(use.set("two", [{ workload: "w", policies: ["a"] }])).toEqual(new Set());
  expect(use.set("one", [{ workload: "w", policies: ["b"] }])).toEqual(new Set());
  expect(use.policiesAt("w")).toEqual(new Set(["a", "b"]));
  expect(use.set("two", [])).toEqual(new Set(["w"]));
  expect(use.policiesAt("w")).toEqual(new Set(["b"]));
});

test("users are known by workload and policy", () => {
  const use = new PolicyUse();
  use.set("one", [{ workload: "v", policies: ["a"] }]);
  use.set("two", [{ workload: "w", policies: ["a", "b"] }]);
  expect([...use.usersOf("w", "a")]).toEqual(["two"]);
  expect(use.usersAt("v")).toEqual(new Set(["one"]));
  expect(use.set("two", [{ workload: "v", policies: ["a"] }])).toEqual(new Set(["w"]));
  expect(use.workloads()).toEqual(["v"]);
});

import { expect, test } from "vitest";
import { countTests } from "./count.ts";

const file = (status: string, ...tests: string[]) => ({
  status,
  assertionResults: tests.map((each) => ({ status: each })),
});

test.each([
  ["all pass", [file("passed", "passed", "passed")], 0, "2 passed, 0 failed"],
  ["a failed test", [file("failed", "passed", "failed")], 1, "1 passed, 1 failed"],
  ["a skipped test", [file("passed", "passed", "skipped", "todo")], 0, "1 passed, 0 failed, 2 skipped"],
  ["a file that does not load", [file("failed"), file("passed", "passed")], 1, "1 passed, 1 failed"],
  ["an error outside of every test", [file("passed", "passed")], 1, "1 passed, 1 failed"],
])("%s", (_name, testResults, exitCode, line) => {
  expect(countTests({ testResults }, exitCode).line).toBe(line);
});

/** What is read of vitest's JSON report. */
export interface TestReport {
  testResults: { status: string; assertionResults: { status: string }[] }[];
}

/** How many tests passed, failed and were skipped, and the line that says so. */
export interface TestCount {
  line: string;
  failed: number;
  skipped: number;
}

/**
 * Counts the tests of a run. A file that fails without a failed test in it (it does not load, a hook throws)
 * counts as one failure, and so does a run that ends with an exit code but names no failure.
 */
export function countTests(report: TestReport, exitCode: number): TestCount {
  const statuses = report.testResults.flatMap((file) => {
    const own = file.assertionResults.map((test) => test.status);
    return file.status === "failed" && !own.includes("failed") ? [...own, "failed"] : own;
  });
  const count = (status: string) => statuses.filter((each) => each === status).length;
  const passed = count("passed");
  const failed = count("failed") || (exitCode === 0 ? 0 : 1);
  const skipped = statuses.length - passed - count("failed");
  const line = `${passed} passed, ${failed} failed${skipped > 0 ? `, ${skipped} skipped` : ""}`;
  return { line, failed, skipped };
}

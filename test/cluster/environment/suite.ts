import { describe } from "vitest";
import { ensureBinaries } from "./binaries.ts";
import { GoMissing } from "./go-toolchain.ts";

/**
 * `describe` for suites that start a control plane. Importing this builds it, without the time limit of a test. Where
 * it cannot be built for want of Go, the suites are skipped and say so; with `CI=true` they fail.
 */
export const describeWithControlPlane = (await canBeStarted()) ? describe : describe.skip;

async function canBeStarted(): Promise<boolean> {
  try {
    await ensureBinaries();
    return true;
  } catch (error) {
    if (!(error instanceof GoMissing) || process.env.CI === "true") throw error;
    process.stderr.write(`\nTHE CLUSTER SUITES DID NOT RUN. ${error.message}\n\n`);
    return false;
  }
}

import { defineConfig } from "vitest/config";

/** Suites that start servers run after the others and one file at a time, so that none takes another's time. */
function alone(name: string, groupOrder: number, timeout: number) {
  return {
    test: {
      name,
      include: [`test/${name}/**/*.test.ts`],
      testTimeout: timeout,
      hookTimeout: timeout,
      fileParallelism: false,
      sequence: { groupOrder },
    },
  };
}

/** One project a layer; `npm test` runs them all, `npm test -- --project NAME` one of them. */
export default defineConfig({
  test: {
    projects: [
      { test: { name: "unit", include: ["controller/**/*.test.ts", "tools/**/*.test.ts"] } },
      { test: { name: "filter", include: ["test/filter/**/*.test.ts"], testTimeout: 120_000 } },
      { test: { name: "fuzz", include: ["test/{fuzz,soak}/**/*.test.ts"], testTimeout: 120_000 } },
      { test: { name: "contract", include: ["test/contract/**/*.test.ts"], testTimeout: 60_000 } },
      alone("envoy", 1, 120_000),
      alone("cluster", 2, 300_000),
    ],
  },
});

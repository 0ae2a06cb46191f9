import { defineConfig } from "vitest/config";

/** One project a layer; `npm test` runs them all, `npx vitest run --project NAME` one of them. */
export default defineConfig({
  test: {
    projects: [
      { test: { name: "unit", include: ["controller/**/*.test.ts", "tools/**/*.test.ts"] } },
      { test: { name: "filter", include: ["test/filter/**/*.test.ts"], testTimeout: 120_000 } },
      { test: { name: "contract", include: ["test/contract/**/*.test.ts"], testTimeout: 60_000 } },
      {
        test: {
          name: "envoy",
          include: ["test/envoy/**/*.test.ts"],
          testTimeout: 120_000,
          hookTimeout: 120_000,
          fileParallelism: false,
        },
      },
    ],
  },
});

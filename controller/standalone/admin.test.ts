import { expect, test } from "vitest";
import { parseStats, sumOf } from "./admin.ts";

const text = [
  'cluster_manager.cds.version_text: "8dbe67c697501eea"',
  "http.a.rds.b.update_rejected: 1",
  "sds.c.update_rejected: 2",
  "wasmcustom.tollgate.config.revision: 2398938476011210",
  "update_duration: No recorded values",
  "",
].join("\n");

test("numbers and text readouts", () => {
  const stats = parseStats(text);
  expect(stats.get("cluster_manager.cds.version_text")).toBe("8dbe67c697501eea");
  expect(stats.get("wasmcustom.tollgate.config.revision")).toBe("2398938476011210");
  expect(sumOf(stats, /\.update_rejected$/)).toBe(3);
});

import { expect, test } from "vitest";
import { Fullness } from "./fullness.ts";

test("says nothing while there is room, and tells each step once", () => {
  const fullness = new Fullness(1_000);
  expect(fullness.knows("w")).toBe(false);
  const told = [0, 499, 500, 600, 749, 750, 899, 900, 1_000].map((bytes) => fullness.note("w", bytes));
  expect(told).toEqual([false, false, true, false, false, true, false, true, false]);
  expect(fullness.warningOf("w")).toMatch(
    /^the policies of this gateway take 90 % or more of the 1000 bytes/,
  );
  expect(fullness.knows("w")).toBe(true);
  expect(fullness.warningOf("other")).toBeUndefined();
});

test("a step is left with some distance, also several at once", () => {
  const fullness = new Fullness(1_000);
  fullness.note("w", 910);
  const told = [899, 850, 849, 701, 699, 450, 449].map((bytes) => fullness.note("w", bytes));
  expect(told).toEqual([false, false, true, false, true, false, true]);
  expect(fullness.warningOf("w")).toBeUndefined();
  fullness.note("w", 1_000);
  expect(fullness.note("w", 10)).toBe(true);
  fullness.forget("w");
  expect(fullness.knows("w")).toBe(false);
});

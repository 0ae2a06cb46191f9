import { expect, test } from "vitest";
import { toReadableLine } from "./log.ts";

test("a log line becomes one readable line", () => {
  const line = JSON.stringify({
    level: "warn",
    time: "2026-01-02T03:04:05.678Z",
    apirule: "a/b",
    n: 2,
    msg: "Refused",
  });
  expect(toReadableLine(line)).toBe("03:04:05 warn  Refused  apirule=a/b  n=2\n");
});

import { expect, test } from "vitest";
import { freshnessOf } from "./cache-control.ts";

const bounds = { defaultSeconds: 60, minSeconds: 1, maxSeconds: 3600 };

test.each([
  [undefined, undefined, 60],
  ["public, max-age=300", undefined, 300],
  ["Max-Age=300", "100", 200],
  ["max-age=300", "400", 1],
  ["max-age=999999999999999999999", undefined, 3600],
  ["max-age=0", undefined, 60],
  ["no-store, max-age=300", undefined, 60],
  ["no-cache", undefined, 60],
  ["max-age=-5", undefined, 60],
  ["max-age=banana", undefined, 60],
  ['max-age="20"', "x", 20],
])("Cache-Control %s, Age %s: %d s", (cacheControl, age, seconds) => {
  expect(freshnessOf({ "cache-control": cacheControl, age }, bounds)).toBe(seconds);
});

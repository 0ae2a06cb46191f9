import { expect, test } from "vitest";
import { Redelivery } from "./redelivery.ts";
import { Retirement } from "./retirement.ts";

const of = (...ids: string[]) => new Set(ids);

test("a policy that is not needed any more stays for the time of grace", () => {
  const retirement = new Retirement(100);
  expect(retirement.retain(["a", "b"], of("a", "b"), 0)).toEqual(of());
  expect(retirement.nextExpiry()).toBeUndefined();
  expect(retirement.retain(["a", "b"], of("a"), 10)).toEqual(of("b"));
  expect(retirement.nextExpiry()).toBe(110);
  expect(retirement.retain(["a", "b"], of("a"), 109)).toEqual(of("b"));
  expect(retirement.retain(["a", "b"], of("a"), 110)).toEqual(of());
});

test("a policy that is needed again has its whole time of grace the next time", () => {
  const retirement = new Retirement(100);
  retirement.retain(["a"], of(), 0);
  retirement.retain(["a"], of("a"), 50);
  expect(retirement.retain(["a"], of(), 120)).toEqual(of("a"));
});

test("a configuration that is late is sent again, less and less often", () => {
  const redelivery = new Redelivery(10);
  expect(redelivery.due("r1", true, 0)).toBe(10);
  expect(redelivery.due("r1", true, 10)).toBe(0);
  redelivery.attempted(10);
  expect(redelivery.due("r1", true, 15)).toBe(15);
  expect(redelivery.due("r1", true, 30)).toBe(0);
  redelivery.attempted(30);
  expect(redelivery.due("r1", true, 30)).toBe(40);
});

test("a configuration that arrives, or is replaced, is not waited for any more", () => {
  const redelivery = new Redelivery(10);
  redelivery.due("r1", true, 0);
  expect(redelivery.due("r2", true, 9)).toBe(10);
  expect(redelivery.due("r2", false, 12)).toBeUndefined();
  expect(redelivery.due("r2", true, 100)).toBe(10);
});

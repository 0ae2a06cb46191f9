import { expect, test } from "vitest";
import { canSharePods, covers, type Selector, widest, workloadSelector } from "./selector.ts";

const istio = { istio: "ingressgateway" };
const app = { app: "istio-ingressgateway" };
const both = { ...app, ...istio };
const internal = { istio: "internal" };

test.each<[string, Selector, Selector, { covers: boolean; canSharePods: boolean }]>([
  ["equal labels in another order", { ...istio, ...app }, both, { covers: true, canSharePods: true }],
  ["fewer labels", istio, both, { covers: true, canSharePods: true }],
  ["more labels", both, istio, { covers: false, canSharePods: true }],
  ["other labels", istio, app, { covers: false, canSharePods: true }],
  ["another value", istio, internal, { covers: false, canSharePods: false }],
  ["another value of one of two", both, { ...app, ...internal }, { covers: false, canSharePods: false }],
])("%s", (_, one, other, expected) => {
  expect({ covers: covers(one, other), canSharePods: canSharePods(one, other) }).toEqual(expected);
  expect(canSharePods(other, one)).toBe(expected.canSharePods);
});

test("the widest selectors reach every pod", () => {
  expect(widest([both, istio, internal])).toEqual([istio, internal]);
  expect(widest([both, istio, app])).toEqual([istio, app]);
});

test("a Gateway without labels is served by the default workload", () => {
  expect(workloadSelector(undefined)).toEqual(istio);
});

import { expect, test } from "vitest";
import type { PolicySet } from "./exposure.ts";
import { canonicalJson, contentId } from "./ids.ts";
import { ContentIdCollisionError, policyIdOfRoute, routeName, unionPolicySets } from "./policy-set.ts";

const id = "0123456789abcdef01234567";

function setOf(...policies: PolicySet["policies"]): PolicySet {
  return { policies, providers: [], keySources: [] };
}

test("the name of a route gives its policy back", () => {
  const name = routeName(id, { namespace: "demo", name: "shop" }, 3);
  expect(name).toBe(`tollgate/${id}/demo/shop/3`);
  expect(policyIdOfRoute(name)).toBe(id);
});

test.each([
  "",
  "default",
  `tollgate/${id}`,
  `tollgate/${id.slice(1)}/demo/shop/0`,
  `x/tollgate/${id}/demo/shop/0`,
])("%j is not the name of a route of ours", (name) => {
  expect(policyIdOfRoute(name)).toBeUndefined();
});

test("a union holds each entry once, sorted by id", () => {
  const open = { id: "b", kind: "open", refuseAmbiguousPath: false } as const;
  const other = { id: "a", kind: "open", refuseAmbiguousPath: true } as const;
  expect(unionPolicySets(setOf(open), setOf(other, open)).policies).toEqual([other, open]);
});

test("one id for two contents is an internal error", () => {
  const open = { id, kind: "open", refuseAmbiguousPath: false } as const;
  const collide = () => unionPolicySets(setOf(open), setOf({ ...open, refuseAmbiguousPath: true }));
  expect(collide).toThrow(ContentIdCollisionError);
  expect(collide).toThrow(id);
});

test("canonical JSON sorts members at every depth and keeps the order of lists", () => {
  expect(canonicalJson({ b: [{ d: 1, c: null }, 2], a: "ä" })).toBe('{"a":"ä","b":[{"c":null,"d":1},2]}');
});

test("a content id is the start of SHA-256 over the canonical JSON", () => {
  expect(contentId({})).toBe("44136fa355b3678a1146ad16");
});

import { expect, test } from "vitest";
import type { KubernetesObject } from "../api/resources.ts";
import { ObjectCache } from "./object-cache.ts";

function object(name: string, resourceVersion: string): KubernetesObject {
  return { apiVersion: "v1", kind: "Thing", metadata: { namespace: "a", name, resourceVersion } };
}

function watched(): { cache: ObjectCache<string>; told: string[] } {
  const cache = new ObjectCache<string>(({ metadata }) => metadata.resourceVersion ?? "");
  const told: string[] = [];
  cache.onChange((ref, kept, before) => told.push(`${ref.name}: ${before} to ${kept}`));
  return { cache, told };
}

test("an older state does not replace a newer one, whatever the order of digits", () => {
  const { cache, told } = watched();
  cache.put(object("x", "10"));
  cache.put(object("x", "9"));
  cache.put(object("x", "10"));
  cache.remove(object("x", "9"));
  expect(cache.get({ namespace: "a", name: "x" })).toBe("10");
  expect(told).toEqual(["x: undefined to 10"]);
});

test("a list replaces everything, and only what differs is told", () => {
  const { cache, told } = watched();
  cache.put(object("kept", "1"));
  cache.put(object("changed", "2"));
  cache.put(object("gone", "3"));
  told.length = 0;
  cache.replace([object("kept", "1"), object("changed", "4"), object("new", "5")]);
  expect(told).toEqual(["gone: 3 to undefined", "changed: 2 to 4", "new: undefined to 5"]);
  expect(cache.size).toBe(3);
});

test("a list of a restored API server counts, although its versions are older", () => {
  const { cache } = watched();
  cache.put(object("x", "100"));
  cache.replace([object("x", "7")]);
  expect(cache.get({ namespace: "a", name: "x" })).toBe("7");
});

import { expect, test } from "vitest";
import { ObjectCache } from "../kube/object-cache.ts";
import type { Exposure } from "../model/exposure.ts";
import { readForeign, type VirtualServiceBinding } from "../model/foreign-hosts.ts";
import { ExposuresInPlace } from "./exposures-in-place.ts";
import { keepVirtualService } from "./kept-objects.ts";

function exposureOf(name: string, host: string, isChecked = true): Exposure {
  return {
    apiRule: { namespace: "demo", name },
    gateway: { namespace: "gateways", name: "public" },
    hosts: [host],
    routes: [],
    ...(isChecked && { externalChecks: [{ authorizer: "first", requests: [] }] }),
  };
}

/** What is in place, with VirtualServices that come and go, and the APIRules that are told of them. */
function setUp() {
  const told: string[] = [];
  const virtualServices = new ObjectCache(keepVirtualService);
  const foreign = new ObjectCache(({ metadata: { namespace, name }, spec }) =>
    readForeign({ namespace, name }, spec as VirtualServiceBinding),
  );
  const places = new ExposuresInPlace({
    caches: { virtualServices, foreign },
    later: (apiRule) => told.push(apiRule),
  });
  const objectWith = (host: string, resourceVersion: string) => ({
    ...{ apiVersion: "networking.istio.io/v1", kind: "VirtualService" },
    metadata: { namespace: "other", name: "neighbour", resourceVersion },
    spec: { hosts: [host], gateways: ["gateways/public"] },
  });
  return { places, told, virtualServices, foreign, objectWith };
}

test.each(["virtualServices", "foreign"] as const)(
  "narrower hosts of %s are told while they change",
  (kind) => {
    const { places, told, objectWith, ...caches } = setUp();
    places.set(exposureOf("wild", "*.example.com"), "1");
    places.set(exposureOf("open", "*.example.com", false), "2");
    places.set(exposureOf("elsewhere", "*.example.org"), "3");
    caches[kind].put(objectWith("one.example.com", "1"));
    expect(told).toEqual(["demo/wild"]);
    caches[kind].put(objectWith("one.example.com", "2"));
    expect(told).toEqual(["demo/wild"]);
    caches[kind].remove(objectWith("one.example.com", "3"));
    expect(told).toEqual(["demo/wild", "demo/wild"]);
  },
);

test("nothing is known of an APIRule of the same name, or after it was forgotten", () => {
  const { places, told, virtualServices, objectWith } = setUp();
  const wild = exposureOf("wild", "*.example.com");
  places.set(wild, "1");
  expect(places.get(wild.apiRule, "1")).toBe(wild);
  expect(places.get(wild.apiRule, "2")).toBeUndefined();
  places.clear();
  expect(places.get(wild.apiRule, "1")).toBeUndefined();
  virtualServices.put(objectWith("one.example.com", "1"));
  expect(told).toEqual([]);
});

test("the last exposure in place counts", () => {
  const { places, told, virtualServices, objectWith } = setUp();
  places.set(exposureOf("moved", "*.example.com"), "1");
  places.set(exposureOf("moved", "*.example.org"), "1");
  virtualServices.put(objectWith("one.example.com", "1"));
  expect(told).toEqual([]);
  virtualServices.put(objectWith("one.example.org", "2"));
  expect(told).toEqual(["demo/moved"]);
});

test("whoever has given up a host is told when another APIRule has it", () => {
  const { places, told, virtualServices, objectWith } = setUp();
  places.set(exposureOf("former", "one.example.com", false), "1");
  places.set(
    { ...exposureOf("self", "one.example.com"), apiRule: { namespace: "other", name: "neighbour" } },
    "2",
  );
  virtualServices.put(objectWith("one.example.com", "1"));
  expect(told).toEqual(["demo/former"]);
});

import { expect, test } from "vitest";
import type { KubernetesObject } from "../api/resources.ts";
import { VirtualServiceCaches } from "./virtual-service-caches.ts";

const OWNER = { apiVersion: "gateway.kyma-project.io/v2", kind: "APIRule", name: "shop", controller: true };
const LABELS = { "app.kubernetes.io/managed-by": "tollgate" };

interface Options {
  name?: string;
  owner?: object;
}

function virtualService(
  resourceVersion: string,
  { name = "tollgate-shop", owner = {} }: Options = {},
): KubernetesObject {
  const ownerReferences = [{ ...OWNER, ...owner }];
  const metadata = { name, namespace: "demo", resourceVersion, labels: LABELS, ownerReferences };
  const spec = { hosts: ["shop.example.com"], gateways: ["edge/public"] };
  return { apiVersion: "networking.istio.io/v1", kind: "VirtualService", metadata, spec };
}

function sidesOf({ ours, foreign }: VirtualServiceCaches): object {
  const namesIn = (refs: [{ name: string }, unknown][]) => refs.map(([{ name }]) => name);
  return { ours: namesIn(ours.entries()), foreign: namesIn(foreign.entries()) };
}

test.each([
  ["it has another name", { name: "shop" }],
  ["it belongs to another APIRule", { owner: { name: "other" } }],
  ["its owner does not control it", { owner: { controller: false } }],
  ["its owner is something else", { owner: { kind: "Deployment" } }],
  ["its owner is of another group", { owner: { apiVersion: "example.com/v2" } }],
])("a VirtualService with our label is foreign when %s", (_, options: Options) => {
  const caches = new VirtualServiceCaches();
  caches.replace([virtualService("1", options)]);
  expect(sidesOf(caches)).toEqual({ ours: [], foreign: [options.name ?? "tollgate-shop"] });
  caches.put(virtualService("2", options));
  expect(sidesOf(caches)).toEqual({ ours: [], foreign: [options.name ?? "tollgate-shop"] });
});

test("one that changes sides is on one side at a time, and an older state does not bring it back", () => {
  const caches = new VirtualServiceCaches();
  const disowned = { owner: { controller: false } };
  caches.put(virtualService("1", disowned));
  caches.put(virtualService("3"));
  expect(sidesOf(caches)).toEqual({ ours: ["tollgate-shop"], foreign: [] });
  caches.put(virtualService("2", disowned));
  expect(sidesOf(caches)).toEqual({ ours: ["tollgate-shop"], foreign: [] });
  caches.put(virtualService("4", disowned));
  expect(sidesOf(caches)).toEqual({ ours: [], foreign: ["tollgate-shop"] });
  caches.remove(virtualService("5", disowned));
  expect(sidesOf(caches)).toEqual({ ours: [], foreign: [] });
});

import { expect, test } from "vitest";
import { Dependencies } from "./dependencies.ts";
import { GATEWAYS, VIRTUAL_SERVICES } from "./resource-types.ts";

const CRDS = { gateways: "gateways.networking.istio.io", routes: "virtualservices.networking.istio.io" };

function setUp() {
  const dependencies = new Dependencies();
  const [ours, foreign, gateways] = [VIRTUAL_SERVICES, VIRTUAL_SERVICES, GATEWAYS].map((type) =>
    dependencies.add(type),
  ) as [(isServed: boolean) => void, (isServed: boolean) => void, (isServed: boolean) => void];
  return { dependencies, ours, foreign, gateways };
}

test("it is known what is missing when everybody has looked", async () => {
  const { dependencies, ours, foreign, gateways } = setUp();
  let isKnown = false;
  void dependencies.known.then(() => {
    isKnown = true;
  });
  ours(false);
  gateways(false);
  await Promise.resolve();
  expect(isKnown).toBe(false);
  foreign(false);
  await dependencies.known;
  expect(dependencies.missing).toEqual([CRDS.gateways, CRDS.routes]);
});

test("a kind is there when nobody misses it, and each change is told once", () => {
  const { dependencies, ours, foreign, gateways } = setUp();
  gateways(true);
  const first = dependencies.changed;
  ours(false);
  expect(first.aborted).toBe(true);
  const second = dependencies.changed;
  foreign(false);
  ours(true);
  expect([dependencies.missing, second.aborted]).toEqual([[CRDS.routes], false]);
  foreign(true);
  expect([dependencies.missing, second.aborted]).toEqual([[], true]);
});

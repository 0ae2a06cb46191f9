import { expect, test } from "vitest";
import { GRACE_MS, InUse, type Named } from "./in-use.ts";

const named = (id: string, cluster = id): Named => ({
  policySet: { policies: [{ id, kind: "open", refuseAmbiguousPath: false }], providers: [], keySources: [] },
  clusters: [{ "@type": "cluster", name: cluster, of: id }],
});

const policies = (inUse: InUse, next: string) =>
  inUse.with(named(next)).policySet.policies.map(({ id }) => id);

test("what was replaced stays for a while", () => {
  const inUse = new InUse();
  for (const [id, at] of [
    ["a", 0],
    ["b", 1_000],
  ] as const) {
    inUse.add(named(id));
    inUse.confirm(at);
  }
  expect(policies(inUse, "b")).toEqual(["a", "b"]);
  expect(inUse.nextExpiry()).toBe(1_000 + GRACE_MS);
  inUse.expire(1_000 + GRACE_MS);
  expect(policies(inUse, "b")).toEqual(["b"]);
  expect(inUse.nextExpiry()).toBeUndefined();
});

test("what may or may not have been taken over stays until something else was", () => {
  const inUse = new InUse();
  inUse.add(named("a"));
  inUse.confirm(0);
  inUse.add(named("b"));
  inUse.expire(1_000_000);
  expect(policies(inUse, "c")).toEqual(["a", "b", "c"]);
  inUse.add(named("c"));
  inUse.confirm(1_000_000);
  inUse.expire(1_000_000 + GRACE_MS);
  expect(policies(inUse, "c")).toEqual(["c"]);
});

test("what is written again is not replaced", () => {
  const inUse = new InUse();
  for (const at of [0, 1_000]) {
    inUse.add(named("a"));
    inUse.confirm(at);
  }
  expect(inUse.nextExpiry()).toBeUndefined();
});

test("changes without a pause do not pile up", () => {
  const inUse = new InUse();
  for (let at = 0; at < 100_000; at += 1_000) {
    inUse.add(named(String(at).padStart(6, "0")));
    inUse.confirm(at);
  }
  expect(policies(inUse, "099000")).toHaveLength(GRACE_MS / 1_000 + 1);
});

test("of two clusters with one name the next one counts", () => {
  const inUse = new InUse();
  inUse.add(named("a", "shared"));
  expect(inUse.with(named("b", "shared")).clusters).toEqual([
    { "@type": "cluster", name: "shared", of: "b" },
  ]);
});

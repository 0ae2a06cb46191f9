import { expect, test } from "vitest";
import { objectName, ownerLabels } from "./names.ts";

test("labels hold the name of the APIRule as it is, while it fits", () => {
  expect(ownerLabels({ namespace: "shop", name: "orders.v1" })).toEqual({
    "app.kubernetes.io/managed-by": "tollgate",
    "apirule.gateway.kyma-project.io/name": "orders.v1",
    "apirule.gateway.kyma-project.io/namespace": "shop",
  });
});

test("a name that does not fit a label ends in its hash and stays distinct", () => {
  const nameLabel = (name: string) =>
    ownerLabels({ namespace: "shop", name })["apirule.gateway.kyma-project.io/name"];
  const long = `${"a".repeat(51)}.${"b".repeat(100)}`;
  expect(nameLabel(long)).toMatch(/^a{51}-[0-9a-f]{10}$/);
  expect(nameLabel(`${long}x`)).not.toBe(nameLabel(long));
});

test("an object name stays within 253 characters", () => {
  expect(objectName("orders")).toBe("tollgate-orders");
  expect(objectName("a".repeat(253))).toHaveLength(253);
});

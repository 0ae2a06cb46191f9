import { expect, test } from "vitest";
import { parseGatewayMetrics } from "./gateway-metrics.ts";

const REVISION = "0102030405060";
const VALUE = Number.parseInt(REVISION, 16);

test.each([
  ["as Envoy writes it", `# TYPE tollgate_config_revision gauge\ntollgate_config_revision{} ${VALUE}\n`],
  ["with the name of the namespace", `wasmcustom_tollgate_config_revision{} ${VALUE}\n`],
  ["with Envoy's prefix and labels", `envoy_wasmcustom_tollgate_config_revision{pod="a"} ${VALUE}\n`],
])("the revision is read %s", (_, text) => {
  expect(parseGatewayMetrics(text)).toEqual({ revision: REVISION, unknownKeyIds: 0 });
});

test("a gateway without the filter has no revision", () => {
  expect(parseGatewayMetrics("")).toEqual({ revision: undefined, unknownKeyIds: 0 });
  expect(parseGatewayMetrics("tollgate_config_revision{} 0\n").revision).toBeUndefined();
  expect(parseGatewayMetrics("other_tollgate_config_revision{} 5\n").revision).toBeUndefined();
});

test("tokens with unknown keys are counted", () => {
  expect(parseGatewayMetrics("tollgate_unknown_key_ids{} 7\n").unknownKeyIds).toBe(7);
});

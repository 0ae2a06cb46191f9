import { expect, test } from "vitest";
import { parseGatewayMetrics, revisionOf } from "./gateway-metrics.ts";

const PLUGIN = "tollgate-1a";
const REVISION = "0102030405060";
const VALUE = Number.parseInt(REVISION, 16);

test.each([
  [
    "as Envoy writes it",
    `# TYPE tollgate_config_revision_tollgate_1a gauge\ntollgate_config_revision_tollgate_1a{} ${VALUE}\n`,
  ],
  ["with the name of the namespace", `wasmcustom_tollgate_config_revision_tollgate_1a{} ${VALUE}\n`],
  [
    "with Envoy's prefix and labels",
    `envoy_wasmcustom_tollgate_config_revision_tollgate_1a{pod="a"} ${VALUE}\n`,
  ],
])("the revision is read %s", (_, text) => {
  expect(revisionOf(parseGatewayMetrics(text), PLUGIN)).toBe(REVISION);
});

test("each WasmPlugin in a gateway has its revision", () => {
  const text = `tollgate_config_revision_tollgate_1a{} ${VALUE}\ntollgate_config_revision_tollgate_2b{} 1\n`;
  const metrics = parseGatewayMetrics(text);
  expect([PLUGIN, "tollgate-2b", "tollgate-3c"].map((plugin) => revisionOf(metrics, plugin))).toEqual([
    REVISION,
    "0000000000001",
    undefined,
  ]);
});

test.each([
  "",
  "tollgate_config_revision_tollgate_1a{} 0\n",
  "other_tollgate_config_revision_tollgate_1a{} 5\n",
])("a gateway without the filter has no revision", (text) => {
  expect(parseGatewayMetrics(text).revisions.size).toBe(0);
});

test("what key sets want is read", () => {
  const [a, b] = ["a".repeat(24), "b".repeat(24)];
  const text = `tollgate_key_sets_${a}_fetches_wanted{} 7\nenvoy_wasmcustom_tollgate_key_sets_${b}_fetches_wanted{} 1\n`;
  expect(parseGatewayMetrics(text).fetchesWanted).toEqual(
    new Map([
      [a, 7],
      [b, 1],
    ]),
  );
});

/** Whatever headers and cookies an APIRule may set, Envoy takes: one that it refused would hold up the routes of all. */
import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { OPERATORS, unknownOperator } from "../../controller/model/command-operators.ts";
import { startUpstream, type Upstream } from "../../tools/demo/upstream.ts";
import { parseEcho } from "../conformance/answer.ts";
import { apiRule, openRule } from "../support/apirule.ts";
import { type StandaloneGateway, startStandaloneGateway } from "../support/standalone-gateway.ts";

const LONGEST_NAME = "n".repeat(128);
const LONGEST_VALUE = "v".repeat(16_384);
const LONGEST_COOKIE = "c".repeat(16_384 - "a=%REQ(COOKIE)%".length);
const HEADERS_OF_A_RULE = 100;
const VALUES = 2_000;

/** What may stand in an operator or beside one, and what could spoil it. */
const PIECES = [
  ...["%", "%%", "(", ")", ")%", "?", ":", "path", "x", "X.y", "3", "n", "E", "%s", "%Y", "%3f", "%n"],
  ...[" ", "[", '"', "\\", "ä", "'", "|", "_", "-", "^", "%PROTOCOL%", "STREAM_ID"],
];
const text = fc.array(fc.constantFrom(...PIECES), { maxLength: 3 }).map((pieces) => pieces.join(""));
const accepted = fc
  .tuple(text, fc.constantFrom("%REQ(", "%START_TIME("), text, text)
  .map(([before, operator, parameters, after]) => `${before}${operator}${parameters})%${after}`)
  .filter((value) => unknownOperator(value) === undefined);

const withHeaders = (path: string, values: readonly string[]) => ({
  ...openRule(path),
  request: { headers: Object.fromEntries(values.map((value, index) => [`x-${index}`, value])) },
});

describe("a rule that sets", () => {
  let upstream: Upstream;
  let gateway: StandaloneGateway;

  beforeAll(async () => {
    upstream = await startUpstream();
    const values = fc.sample(accepted, { numRuns: VALUES, seed: 1 });
    const starts = values.flatMap((_, index) => (index % HEADERS_OF_A_RULE === 0 ? [index] : []));
    gateway = await startStandaloneGateway(
      [
        apiRule({
          name: "values",
          rules: [
            openRule("/served"),
            withHeaders(
              "/operators",
              [...OPERATORS].map((operator) => `%${operator}%`),
            ),
            { ...openRule("/long"), request: { headers: { [LONGEST_NAME]: LONGEST_VALUE } } },
            { ...openRule("/cookies"), request: { cookies: { a: LONGEST_COOKIE } } },
            ...starts.map((start) =>
              withHeaders(`/accepted/${start}`, values.slice(start, start + HEADERS_OF_A_RULE)),
            ),
          ],
        }),
      ],
      upstream.port,
    );
  });
  afterAll(async () => {
    await gateway?.stop();
    await upstream?.close();
  });

  test.each([
    ["every operator", "/operators"],
    ["values that are made of their pieces", `/accepted/${VALUES - HEADERS_OF_A_RULE}`],
    ["the longest name, the longest value and the longest cookies beside it", "/served"],
  ])("%s is served", async (_, path) => {
    const response = await gateway.send({ method: "GET", path, headers: [["host", "values.local.test"]] });
    expect(parseEcho(response)?.path, `${response.status} ${response.body}`).toBe(path);
  });
});

import { expect, test } from "vitest";
import { apiRule } from "./test-resources.ts";
import { translate } from "./translate.ts";

const openRule = (path: string) => ({ path, methods: ["GET"], noAuth: true });
const checkedRule = (path: string) => ({ path, methods: ["GET"], extAuth: { authorizers: ["first"] } });

function outcome(rules: object[]) {
  const [result] = translate({ apiRules: [apiRule("shop", { rules })] }).results;
  const requests = result?.exposure?.externalChecks?.flatMap((check) => check.requests);
  return { requests, problems: result?.problems };
}

test("an authorizer is asked about what no earlier rule takes", () => {
  expect(outcome([openRule("/open"), checkedRule("/open/{*}"), checkedRule("/{**}")]).requests).toEqual([
    { methods: ["GET"], paths: ["/open/{*}"], notPaths: [], passPreflight: false },
    { methods: ["GET"], paths: ["/*"], notPaths: ["/open"], passPreflight: false },
  ]);
});

test("rules that overlap without end are refused", () => {
  const many = (ruleAt: (index: number) => object, count: number) =>
    Array.from({ length: count }, (_, index) => ruleAt(index));
  const rulesOf = (count: number) => [
    ...many((index) => openRule(`/{*}/open${index}`), count),
    ...many((index) => checkedRule(`/checked${index}/{*}`), count),
  ];
  expect(outcome(rulesOf(90)).problems).toEqual([]);
  expect(outcome(rulesOf(100)).problems).toEqual([
    {
      path: ".spec.rules",
      message:
        "rules with authorizers and rules before them overlap so often that AuthorizationPolicies would hold 10100 paths; " +
        "at most 10000 are allowed: split the APIRule, or let its rules overlap less",
    },
  ]);
});

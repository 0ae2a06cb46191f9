/** The translation of one APIRule with very many rules, up to the objects that it becomes. */
import type { KubernetesObject } from "../../../controller/api/resources.ts";
import { collectResources } from "../../../controller/model/manifests.ts";
import { translate } from "../../../controller/model/translate.ts";
import { renderIstio } from "../../../controller/render/istio/index.ts";
import { type Figure, quantile } from "../figures.ts";
import { apiRuleAt, gateways } from "./api-rules.ts";

const RULES = 1_000;
const RUNS = 9;
const GOAL_MS = 500;
const MODULE = { url: "http://tollgate.test/tollgate.wasm" };

/** Sets of rules by what is hard about them. */
const SETS: Readonly<Record<string, (index: number) => object>> = {
  "literal paths": (index) => openRule(`/v1/items-${index}/details`),
  "operators that overlap": (index) =>
    openRule(["/v1/{*}/n", "/{*}/n", "/v1/{**}/n"][index % 3]?.replace("n", `n${index}`) ?? ""),
  "every rule with an authorizer, and an open one before it": (index) =>
    index % 2 === 0 ? openRule(`/v1/${index}/{*}`) : checkedRule(`/v1/${index - 1}/{**}`),
};

/** Measures an APIRule of a thousand rules of each set, the last rule being one for every path. */
export function measureManyRules(): Figure[] {
  return Object.entries(SETS).map(([what, ruleAt]) => {
    const rules = [...Array.from({ length: RULES - 1 }, (_, index) => ruleAt(index)), openRule("/*")];
    const times = Array.from({ length: RUNS }, () => timeOf(rules));
    return {
      what: `${RULES} rules: ${what}, median`,
      value: quantile(times, 0.5),
      unit: "ms",
      goal: GOAL_MS,
    };
  });
}

function timeOf(rules: readonly object[]): number {
  const apiRule = apiRuleAt(0, { url: "https://issuer.test", jwksUri: "https://issuer.test/jwks" });
  const object: KubernetesObject = { ...apiRule, spec: { ...(apiRule.spec as object), rules } };
  const { resources } = collectResources([object, ...gateways(8080, () => ({ istio: "ingressgateway" }))]);
  const { apiRules, gateways: known } = resources;
  const startedAt = performance.now();
  const translation = translate({ apiRules, gateways: known });
  renderIstio(translation, { gateways: known }, new Map(), MODULE);
  const took = performance.now() - startedAt;
  const problems = translation.results.flatMap((result) => result.problems);
  if (problems.length > 0) throw new Error(`refused: ${JSON.stringify(problems.slice(0, 3))}`);
  return took;
}

function openRule(path: string): object {
  return { path, methods: ["GET"], noAuth: true };
}

function checkedRule(path: string): object {
  return { path, methods: ["GET"], extAuth: { authorizers: ["first"] } };
}

/** APIRules that nobody has thought up: any order of rules, open and with authorizers, against every short path. */
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { KubernetesObject } from "../../controller/api/resources.ts";
import { translate } from "../../controller/model/translate.ts";
import { headerValues } from "../support/client.ts";
import { parseEcho } from "./answer.ts";
import type { Gateway } from "./gateway.ts";

const SEED = 20_261_126;
const API_RULES = 16;
const METHODS = ["GET", "POST", "PUT"];
const AUTHORIZERS = ["first", "second"];
const LONGEST_PATH = 4;

interface GeneratedRule {
  path: string;
  methods: string[];
  authorizers: string[];
}

const anyRule: fc.Arbitrary<GeneratedRule> = fc.record({
  path: fc
    .array(fc.constantFrom("a", "b", "{*}", "{**}"), { minLength: 1, maxLength: LONGEST_PATH })
    .chain((segments) => fc.constantFrom(`/${segments.join("/")}`, `/${segments.join("/")}/`)),
  methods: fc.subarray(METHODS, { minLength: 1 }),
  authorizers: fc.subarray(AUTHORIZERS),
});

const anyRules = fc
  .array(anyRule, { minLength: 4, maxLength: 8 })
  .filter((rules) => translate({ apiRules: [apiRuleOf(rules, 0)] }).results[0]?.exposure !== undefined);

const generated = fc.sample(anyRules, { seed: SEED, numRuns: API_RULES });

/** The APIRules, to be applied before the tests run. */
export const GENERATED_MANIFESTS: readonly KubernetesObject[] = generated.map(apiRuleOf);

/** Declares one test an APIRule: the first rule that matches decides, and its authorizers alone are asked. */
export function testGeneratedRules(gateway: () => Gateway): void {
  describe("generated rules", () => {
    test.each(generated.map((rules, index) => ({ rules, index })))(
      "of APIRule $index are judged in their order",
      async ({ rules, index }) => {
        for (const path of pathsUpTo(LONGEST_PATH)) {
          for (const method of METHODS) {
            const what = `${method} ${path} by ${JSON.stringify(rules)}`;
            expect(await outcomeOf(gateway(), hostAt(index), method, path), what).toEqual(
              expectedOf(rules, method, path),
            );
          }
        }
      },
      60_000,
    );
  });
}

interface Outcome {
  status: number;
  rule?: string;
  asked?: string[];
}

async function outcomeOf(gateway: Gateway, host: string, method: string, path: string): Promise<Outcome> {
  const headers: [string, string][] = [
    ["host", host],
    ["x-badge", AUTHORIZERS.join()],
  ];
  const response = await gateway.send({ method, path, headers });
  const echo = parseEcho(response);
  if (echo === undefined) return { status: response.status };
  const [rule = ""] = headerValues(echo.headers, "x-rule");
  const asked = AUTHORIZERS.filter((name) => headerValues(echo.headers, `x-${name}-saw`).length > 0);
  return { status: response.status, rule, asked };
}

function expectedOf(rules: readonly GeneratedRule[], method: string, path: string): Outcome {
  const index = rules.findIndex((rule) => rule.methods.includes(method) && matches(rule.path, path));
  const rule = rules[index];
  return rule === undefined ? { status: 404 } : { status: 200, rule: String(index), asked: rule.authorizers };
}

/** Whether a path of plain segments is one that the pattern of a rule stands for. */
function matches(pattern: string, path: string): boolean {
  return segmentsMatch(pattern.split("/").slice(1), path.split("/").slice(1));
}

function segmentsMatch([segment, ...others]: string[], names: string[]): boolean {
  if (segment === undefined) return names.length === 0;
  const [name, ...rest] = names;
  if (name === undefined) return false;
  if (segment === "{**}") return segmentsMatch(others, rest) || segmentsMatch([segment, ...others], rest);
  return (segment === "{*}" ? name !== "" : name === segment) && segmentsMatch(others, rest);
}

function apiRuleOf(rules: readonly GeneratedRule[], index: number): KubernetesObject {
  return {
    apiVersion: "gateway.kyma-project.io/v2",
    kind: "APIRule",
    metadata: { name: `generated-${index}`, namespace: "default" },
    spec: {
      gateway: "kyma-system/kyma-gateway",
      hosts: [hostAt(index)],
      service: { name: "echo", port: 80 },
      rules: rules.map(({ path, methods, authorizers }, position) => ({
        ...{ path, methods, request: { headers: { "x-rule": String(position) } } },
        ...(authorizers.length === 0 ? { noAuth: true } : { extAuth: { authorizers } }),
      })),
    },
  };
}

function hostAt(index: number): string {
  return `generated-${index}.local.test`;
}

/** Every path of at most so many segments that rules name, and one that they do not, with and without a slash at its end. */
function pathsUpTo(length: number): string[] {
  let longest = [""];
  const paths = ["/"];
  for (let count = 1; count <= length; count++) {
    longest = longest.flatMap((path) => ["a", "b", "x"].map((name) => `${path}/${name}`));
    paths.push(...longest, ...longest.map((path) => `${path}/`));
  }
  return paths;
}

import fc from "fast-check";
import { Type } from "typebox";
import { Check } from "typebox/value";
import { expect, test } from "vitest";
import { celRules, nodeOf } from "../api/apirule/keywords.ts";
import { RuleSchema } from "../api/apirule/rule.ts";
import { ApiRuleSchema } from "../api/apirule.ts";
import { checkSchema } from "./schema-check.ts";

const refuseUnknown = { refuseUnknown: true };

/** Values near what a schema accepts: mostly right, sometimes of another type or out of range. */
function near(schema: object): fc.Arbitrary<unknown> {
  const node = nodeOf(schema as never);
  const wrong = fc.constantFrom<unknown>(0, -1, 70_000, 1.5, "", "x", true, [], {}, "a".repeat(300));
  return fc.oneof({ weight: 40, arbitrary: right(node) }, { weight: 1, arbitrary: wrong });
}

function right(node: ReturnType<typeof nodeOf>): fc.Arbitrary<unknown> {
  if (node.enum !== undefined) return fc.constantFrom(...node.enum);
  if (node.const !== undefined) return fc.constant(node.const);
  if (node.items !== undefined) return fc.array(near(node.items), { maxLength: 2 });
  if (node.additionalProperties !== undefined)
    return fc.dictionary(fc.string(), near(node.additionalProperties));
  if (node.properties !== undefined) {
    const members = Object.entries(node.properties).map(([name, member]) => [name, near(member)] as const);
    return fc.record(Object.fromEntries(members), { requiredKeys: [...(node.required ?? [])] });
  }
  if (node.type === "boolean") return fc.boolean();
  if (node.type === "integer") return fc.integer({ min: 1, max: 100 });
  return fc.constantFrom("/a", "shop", "demo/shop", "shop.example.com");
}

test("judges types and limits as TypeBox does", () => {
  const spec = ApiRuleSchema.properties.spec;
  fc.assert(
    fc.property(near(spec), (value) => {
      const celMessages =
        /^(One of the following|introspection may stand|Host must be|Gateway must be|ExternalGateway must be)/;
      const { problems } = checkSchema(spec, value, ".spec", { refuseUnknown: false });
      const structural = problems.filter(({ message }) => !celMessages.test(message));
      expect(structural.length === 0).toBe(Check(spec, value));
    }),
    { numRuns: 500 },
  );
});

test("refuses unknown fields by name, sorted", () => {
  const rule = { path: "/a", methods: ["GET"], noAuth: true, "x y": 1, auth: null };
  const { value, problems } = checkSchema(RuleSchema, rule, ".rule", refuseUnknown);
  const allowed =
    "allowed are path, methods, service, timeout, noAuth, jwt, introspection, extAuth, mode, request";
  expect(problems).toEqual([
    { path: ".rule.auth", message: `unknown field; ${allowed}`, malformed: false },
    { path: '.rule["x y"]', message: `unknown field; ${allowed}`, malformed: false },
  ]);
  expect(value).toEqual({ path: "/a", methods: ["GET"], noAuth: true });
});

test.each([
  [{ noAuth: true }, true],
  [{ jwt: {} }, true],
  [{ noAuth: false, jwt: {} }, true],
  [{ extAuth: { authorizers: ["a"] } }, true],
  [{ noAuth: false }, false],
  [{}, false],
  [{ noAuth: true, jwt: {} }, false],
  [{ jwt: {}, extAuth: { authorizers: ["a"] } }, false],
])("a rule with %j has exactly one access strategy: %s", (access, accepted) => {
  const { problems } = checkSchema(
    RuleSchema,
    { path: "/a", methods: ["GET"], ...access },
    ".rule",
    refuseUnknown,
  );
  const message = "One of the following fields must be set: noAuth, jwt, extAuth";
  expect(problems).toEqual(accepted ? [] : [{ path: ".rule", message, malformed: false }]);
});

test("a rule is not asked of a value that has not its type", () => {
  const some = { cel: "has(self.a)", message: "a is needed", check: ({ a }: { a?: number }) => a != null };
  const schema = Type.Object({ a: Type.Optional(Type.Integer()), b: Type.Integer() }, celRules(some));
  const messages = (value: unknown) =>
    checkSchema(schema, value, "", refuseUnknown).problems.map(({ message }) => message);
  expect(messages("a")).toEqual(["must be an object, but is a string"]);
  expect(messages({ b: 1 })).toEqual(["a is needed"]);
  expect(messages({})).toEqual(["must be set", "a is needed"]);
  expect(messages({ a: "2", b: 1 })).toEqual(["must be an integer, but is a string"]);
});

test("strings that are not valid Unicode and members of the prototype are refused", () => {
  const { problems } = checkSchema(
    ApiRuleSchema,
    JSON.parse(
      '{ "apiVersion": "gateway.kyma-project.io/v2\\ud800", "kind": "APIRule", "__proto__": {}, "metadata": {} }',
    ),
    "",
    refuseUnknown,
  );
  expect(problems.map(({ path, message }) => `${path} ${message}`)).toEqual([
    ".apiVersion must be valid Unicode",
    expect.stringMatching(/^\.apiVersion .* is not supported/),
    ".spec must be set",
    expect.stringMatching(/^\.__proto__ unknown field/),
  ]);
});

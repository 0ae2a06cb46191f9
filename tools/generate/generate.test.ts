import { expect, test } from "vitest";
import { parse } from "yaml";
import { renderCrd } from "./crd.ts";
import { renderFilterContract } from "./filter-contract.ts";
import { renderApiRuleReference } from "./reference.ts";

const definition = parse(renderCrd());
const [version] = definition.spec.versions;

/** Every schema below `schema` with its path. */
function* schemasIn(
  schema: Record<string, unknown>,
  path: string,
): Generator<[string, Record<string, unknown>]> {
  yield [path, schema];
  const properties = (schema.properties ?? {}) as Record<string, Record<string, unknown>>;
  for (const [name, member] of Object.entries(properties)) yield* schemasIn(member, `${path}.${name}`);
  for (const keyword of ["items", "additionalProperties"]) {
    if (schema[keyword]) yield* schemasIn(schema[keyword] as Record<string, unknown>, `${path}[]`);
  }
}

const schemas = [...schemasIn(version.schema.openAPIV3Schema, "")];

test("the CustomResourceDefinition is named and shown as users know it", () => {
  expect(definition.metadata.name).toBe("apirules.gateway.kyma-project.io");
  expect(definition.spec.names).toMatchObject({
    kind: "APIRule",
    plural: "apirules",
    categories: ["kyma-api-gateway"],
  });
  expect(version).toMatchObject({ name: "v2", served: true, storage: true, subresources: { status: {} } });
  const columns = version.additionalPrinterColumns.map(({ name }: { name: string }) => name);
  expect(columns).toEqual(["Status", "Hosts", "Age"]);
});

test("its schema is structural", () => {
  expect(schemas.length).toBeGreaterThan(60);
  for (const [path, schema] of schemas) {
    const type = schema["x-kubernetes-preserve-unknown-fields"] ? "any" : schema.type;
    expect({ path, type }).toEqual({
      path,
      type: expect.stringMatching(/^(object|array|string|integer|boolean|any)$/),
    });
    for (const keyword of [
      "$ref",
      "const",
      "anyOf",
      "oneOf",
      "allOf",
      "patternProperties",
      "x-messages",
      "default",
    ]) {
      expect({ path, keyword, present: keyword in schema }).toEqual({ path, keyword, present: false });
    }
    expect({ path, both: "properties" in schema && "additionalProperties" in schema }).toEqual({
      path,
      both: false,
    });
  }
});

test("it explains every field but metadata", () => {
  const silent = schemas.filter(([path, { description }]) => !description && !path.endsWith("[]"));
  expect(silent.map(([path]) => path)).toEqual([".metadata"]);
});

test("its rules are CEL with a message, and every quoted pattern is a raw string", () => {
  const rules = schemas.flatMap(([path, schema]) =>
    ((schema["x-kubernetes-validations"] ?? []) as object[]).map((rule) => ({ path, ...rule })),
  );
  const pathsOf = new Set(rules.map(({ path }) => path));
  for (const path of [".spec", ".spec.hosts[]", ".spec.rules[]", ".spec.rules[].path", ".spec.rules[].jwt"])
    expect(pathsOf).toContain(path);
  for (const rule of rules) {
    expect(rule).toEqual({ path: rule.path, rule: expect.any(String), message: expect.any(String) });
    const { rule: cel } = rule as unknown as { rule: string };
    expect(cel.replaceAll(/\.matches\(r('[^']+'|"[^"]+")\)/g, "")).not.toContain("matches");
  }
});

test("the reference names every field of the spec", () => {
  const reference = renderApiRuleReference();
  const fields = schemas
    .map(([path]) => path.slice(1))
    .filter((path) => /^(spec|status)\..*[a-z]$/i.test(path));
  const described = fields.filter(
    (path) => !/^spec\.rules\[\]\.(service|extAuth\.restrictions)\./.test(path),
  );
  expect(described.filter((path) => !reference.includes(`- \`${path}\``))).toEqual([]);
});

test("the numbers of deny codes start at 1 in the filter", () => {
  expect(renderFilterContract()).toMatch(/enum Deny \{\n {2}None,\n {2}TokenMissing,\n/);
});

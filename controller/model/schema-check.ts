/**
 * Holds a value against a schema of `controller/api`. The judgement is the API server's: a member that is null counts as
 * absent. Unlike a general validator it finds every problem, in the order of the schema, and says what is allowed.
 */
import type { TSchema } from "typebox";
import { CEL_RULES, MESSAGES, nodeOf, type SchemaNode } from "../api/apirule/keywords.ts";
import type { Problem } from "./exposure.ts";

/** A problem, and whether it leaves a value that has not the type of its schema. */
export interface SchemaProblem extends Problem {
  malformed: boolean;
}

/** The outcome of a check. */
export interface CheckedValue {
  /** A copy with what the schema knows. It has the type of the schema where no problem is `malformed`. */
  value: unknown;
  problems: SchemaProblem[];
}

/** Checks `value`, which stands at `path`. */
export function checkSchema(
  schema: TSchema,
  value: unknown,
  path: string,
  options: { refuseUnknown: boolean },
): CheckedValue {
  const check = new SchemaCheck(options.refuseUnknown);
  const copy = check.any(nodeOf(schema), value, path);
  return { value: copy, problems: check.problems };
}

/** The path of member `name`; a name that is not an identifier is quoted. */
export function memberPath(path: string, name: string): string {
  return /^[\w-]+$/.test(name) ? `${path}.${name}` : `${path}[${JSON.stringify(name)}]`;
}

class SchemaCheck {
  readonly problems: SchemaProblem[] = [];
  readonly #refuseUnknown: boolean;

  constructor(refuseUnknown: boolean) {
    this.#refuseUnknown = refuseUnknown;
  }

  any(schema: SchemaNode, value: unknown, path: string): unknown {
    if (schema["x-kubernetes-int-or-string"] && typeof value !== "string" && !Number.isSafeInteger(value)) {
      this.#add(path, `must be an integer or a string, but is ${kindOf(value)}`, true);
    }
    if (schema.type === undefined) return value;
    if (!hasType(value, schema.type)) {
      this.#add(path, `must be ${withArticle(schema.type)}, but is ${kindOf(value)}`, true);
      return value;
    }
    const copy = this.#members(schema, value, path);
    for (const rule of schema[CEL_RULES] ?? []) {
      if (rule.check?.(copy) === false) this.#add(path, rule.message);
    }
    return copy;
  }

  #members(schema: SchemaNode, value: unknown, path: string): unknown {
    if (Array.isArray(value)) return this.#list(schema, value, path);
    if (typeof value === "object") return this.#object(schema, value as Record<string, unknown>, path);
    if (typeof value === "string") this.#string(schema, value, path);
    if (typeof value === "number") this.#number(schema, value, path);
    return value;
  }

  #string(schema: SchemaNode, value: string, path: string): void {
    if (/\p{Surrogate}/u.test(value)) this.#add(path, "must be valid Unicode");
    if (schema.const !== undefined && value !== schema.const) {
      this.#add(path, `${shown(value)} is not supported; it must be ${schema.const}`);
    }
    if (schema.enum !== undefined && !schema.enum.includes(value)) {
      this.#add(path, `${shown(value)} is not supported; allowed are ${schema.enum.join(", ")}`);
    }
    const length = [...value].length;
    if (length < (schema.minLength ?? 0)) {
      this.#add(path, schema[MESSAGES]?.missing ?? "must not be empty");
      return;
    }
    if (length > (schema.maxLength ?? length)) {
      this.#add(path, `must have at most ${schema.maxLength} characters, but has ${length}`);
    }
    if (schema.pattern !== undefined && !new RegExp(schema.pattern).test(value)) {
      const { mismatch, pattern = `does not match ${schema.pattern}` } = schema[MESSAGES] ?? {};
      this.#add(path, mismatch ?? `${shown(value)} ${pattern}`);
    }
  }

  #number({ minimum, maximum }: SchemaNode, value: number, path: string): void {
    if (value >= (minimum ?? value) && value <= (maximum ?? value)) return;
    const range = maximum === undefined ? `at least ${minimum}` : `between ${minimum ?? 0} and ${maximum}`;
    this.#add(path, `must be ${range}, but is ${shown(value)}`);
  }

  #list(schema: SchemaNode, list: readonly unknown[], path: string): unknown[] {
    if (list.length < (schema.minItems ?? 0))
      this.#add(path, schema[MESSAGES]?.missing ?? "must not be empty");
    if (list.length > (schema.maxItems ?? list.length)) {
      this.#add(
        path,
        `must have at most ${schema.maxItems} ${schema.maxItems === 1 ? "item" : "items"}, but has ${list.length}`,
      );
    }
    return list.map((item, index) => this.any(schema.items ?? {}, item, `${path}[${index}]`));
  }

  #object(schema: SchemaNode, object: Record<string, unknown>, path: string): unknown {
    if (schema.properties === undefined) return this.#map(schema, object, path);
    const copy: [string, unknown][] = [];
    for (const [name, member] of Object.entries(schema.properties)) {
      const value = Object.hasOwn(object, name) ? object[name] : undefined;
      if (value !== undefined && value !== null) {
        copy.push([name, this.any(member, value, memberPath(path, name))]);
      } else if (schema.required?.includes(name)) {
        this.#add(memberPath(path, name), member[MESSAGES]?.missing ?? "must be set", true);
      }
    }
    if (copy.length < (schema.minProperties ?? 0)) {
      this.#add(path, `must have one of ${Object.keys(schema.properties).join(", ")}`);
    }
    this.#unknownMembers(schema.properties, object, path);
    return Object.fromEntries(copy);
  }

  #unknownMembers(known: Record<string, SchemaNode>, object: Record<string, unknown>, path: string): void {
    if (!this.#refuseUnknown) return;
    for (const name of Object.keys(object).sort()) {
      if (Object.hasOwn(known, name)) continue;
      this.#add(memberPath(path, name), `unknown field; allowed are ${Object.keys(known).join(", ")}`);
    }
  }

  #map(schema: SchemaNode, object: Record<string, unknown>, path: string): unknown {
    const members = schema.additionalProperties;
    if (members === undefined) return object;
    const present = Object.entries(object).filter(([, value]) => value !== null && value !== undefined);
    if (present.length > (schema.maxProperties ?? present.length))
      this.#add(path, `must have at most ${schema.maxProperties} members, but has ${present.length}`);
    const sorted = present.sort(([a], [b]) => (a < b ? -1 : 1));
    return Object.fromEntries(
      sorted.map(([name, value]) => [name, this.any(members, value, memberPath(path, name))]),
    );
  }

  #add(path: string, message: string, malformed = false): void {
    this.problems.push({ path, message, malformed });
  }
}

function hasType(value: unknown, type: NonNullable<SchemaNode["type"]>): boolean {
  switch (type) {
    case "array":
      return Array.isArray(value);
    case "object":
      return typeof value === "object" && value !== null && !Array.isArray(value);
    case "integer":
      return Number.isSafeInteger(value);
    default:
      return typeof value === type;
  }
}

function withArticle(type: string): string {
  if (type === "array") return "a list";
  return /^[aeiou]/.test(type) ? `an ${type}` : `a ${type}`;
}

function kindOf(value: unknown): string {
  if (value === null || value === undefined) return "null";
  if (Number.isInteger(value) && !Number.isSafeInteger(value)) return "too large a number";
  return withArticle(Array.isArray(value) ? "array" : typeof value);
}

function shown(value: string | number): string {
  const text = JSON.stringify(value);
  return text.length > 80 ? `${text.slice(0, 79)}…` : text;
}

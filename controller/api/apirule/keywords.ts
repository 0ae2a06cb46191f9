/** Schema keywords of our own: rules that hold in the API server and in the model, and texts for users. */

import type { TSchema } from "typebox";

/** One rule: the CEL text for the CustomResourceDefinition and the same judgement in TypeScript. */
export interface CelRule<T = never> {
  /** CEL over `self`. */
  cel: string;
  /** What a user reads when the rule is broken. */
  message: string;
  /**
   * The judgement of `cel`; members of the value may have wrong types, which is told apart from it. Absent: the model
   * says more precisely what is wrong.
   */
  check?(value: T): boolean;
}

/** Keyword of the schema that holds the rules; the API server wants the same name. */
export const CEL_RULES = "x-kubernetes-validations";

/** Schema options that attach rules. */
export function celRules<T>(...rules: CelRule<T>[]): { [CEL_RULES]: CelRule<T>[] } {
  return { [CEL_RULES]: rules };
}

/** Texts that say better than the default what is wrong. */
interface Messages {
  /** For a value that is missing, a list without items, or an empty string. */
  missing?: string;
  /** For a string that does not match `pattern`; follows the quoted value. */
  pattern?: string;
  /** The same, without the value. */
  mismatch?: string;
}

/** Keyword of the schema that holds the texts; only the model reads it. */
export const MESSAGES = "x-messages";

/** A rule that holds for strings which match `pattern` (RE2 syntax). */
export function matches(pattern: string, message: string): CelRule<string> {
  const expression = new RegExp(pattern);
  return { cel: `self.matches(r'${pattern}')`, message, check: (value) => expression.test(value) };
}

/** The keywords of JSON Schema (and our own) that schemas of `controller/api` use. */
export interface SchemaNode {
  type?: "object" | "array" | "string" | "integer" | "boolean";
  const?: string;
  enum?: readonly string[];
  pattern?: string;
  minLength?: number;
  maxLength?: number;
  minimum?: number;
  maximum?: number;
  minItems?: number;
  maxItems?: number;
  minProperties?: number;
  maxProperties?: number;
  properties?: Record<string, SchemaNode>;
  required?: readonly string[];
  additionalProperties?: SchemaNode;
  items?: SchemaNode;
  description?: string;
  format?: string;
  "x-kubernetes-int-or-string"?: boolean;
  "x-kubernetes-preserve-unknown-fields"?: boolean;
  "x-kubernetes-list-type"?: string;
  "x-kubernetes-list-map-keys"?: readonly string[];
  [CEL_RULES]?: readonly CelRule<unknown>[];
  [MESSAGES]?: Messages;
}

/** The schema as plain JSON Schema. */
export function nodeOf(schema: TSchema): SchemaNode {
  return schema as SchemaNode;
}

/** Building blocks of the APIRule schema. */
import { type TSchemaOptions, Type } from "typebox";
import { celRules, MESSAGES } from "./keywords.ts";

/** A string that is one of `values`. */
export function StringEnum<const T extends string>(values: readonly T[], options: TSchemaOptions = {}) {
  return Type.Unsafe<T>({ type: "string", enum: values, ...options });
}

/** An object whose members are all strings without control characters other than tabs. */
export function StringMap(options: TSchemaOptions = {}) {
  const value = Type.String({
    pattern: "^[^\\x00-\\x08\\x0a-\\x1f\\x7f-\\x9f]*$",
    [MESSAGES]: { mismatch: "the value holds a control character" },
  });
  return Type.Unsafe<Record<string, string>>({ type: "object", additionalProperties: value, ...options });
}

/** A list of strings. */
export function Strings(options: TSchemaOptions = {}) {
  return Type.Array(Type.String(), options);
}

/** Characters of field names, methods and cookie names (RFC 9110, section 5.6.2). */
export const TOKEN_PATTERN = "^[!#$%&'*+.^_`|~0-9A-Za-z-]+$";

/** A string of these characters; `kind` says what it is. */
export function Token(kind: string, options: TSchemaOptions = {}) {
  return Type.String({
    pattern: TOKEN_PATTERN,
    [MESSAGES]: { pattern: `is not a valid ${kind}` },
    ...options,
  });
}

/** An http or https address; `problem` is what stands before the reason why something is none. */
export function Address(problem: string, options: TSchemaOptions) {
  return Type.String({
    pattern: "^[Hh][Tt][Tt][Pp][Ss]?://",
    [MESSAGES]: { mismatch: `${problem}it does not begin with http:// or https://` },
    ...options,
  });
}

/** A string that is not empty; otherwise `message` is what is wrong. */
export function Filled(message: string, options: TSchemaOptions = {}) {
  const rule = { cel: "size(self)>0", message, check: (value: string) => value !== "" };
  return Type.String({ ...celRules(rule), ...options });
}

/** Values that a token must hold, at least one where there is a list; `kind` names one of them. */
export function DemandedValues(kind: string, options: TSchemaOptions) {
  const value = Filled(`${kind} value is empty`, {
    pattern: "^[^\\x00-\\x1f\\x7f-\\x9f]*$",
    [MESSAGES]: { mismatch: `${kind} value holds a control character` },
  });
  return Type.Array(value, {
    ...celRules<readonly unknown[]>({
      cel: "size(self)>0",
      message: "value is empty",
      check: (values) => values.length > 0,
    }),
    ...options,
  });
}

/** A string, number or boolean. A structural schema cannot say so: the API server takes any value, the model checks it. */
export const Scalar = Type.Unsafe<unknown>({ "x-kubernetes-preserve-unknown-fields": true });

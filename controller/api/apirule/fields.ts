/** Building blocks of the APIRule schema. */
import { type TSchemaOptions, Type } from "typebox";

/** A string that is one of `values`. */
export function StringEnum<const T extends string>(values: readonly T[], options: TSchemaOptions = {}) {
  return Type.Unsafe<T>({ type: "string", enum: values, ...options });
}

/** An object whose members are all strings. */
export function StringMap(options: TSchemaOptions = {}) {
  return Type.Unsafe<Record<string, string>>({
    type: "object",
    additionalProperties: { type: "string" },
    ...options,
  });
}

/** A list of strings. */
export function Strings(options: TSchemaOptions = {}) {
  return Type.Array(Type.String(), options);
}

/** A string, number or boolean. A structural schema cannot say so: the API server takes any value, the model checks it. */
export const Scalar = Type.Unsafe<unknown>({ "x-kubernetes-preserve-unknown-fields": true });

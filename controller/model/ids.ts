/** Names content by its hash. */
import { createHash } from "node:crypto";
import { ID_LENGTH } from "../api/plugin-config.ts";

/** A value that JSON can carry. */
export type JsonValue =
  | null
  | boolean
  | number
  | string
  | readonly JsonValue[]
  | { readonly [name: string]: JsonValue };

/** JSON text with object members sorted by name (UTF-16 code units) and without white space. */
export function canonicalJson(value: JsonValue): string {
  return JSON.stringify(value, (_, member: unknown) =>
    isPlainObject(member) ? sortedByName(member) : member,
  );
}

/** The first 96 bits of SHA-256 over the canonical JSON of `value`, in lower-case hexadecimal. */
export function contentId(value: JsonValue): string {
  return createHash("sha256")
    .update(canonicalJson(value))
    .digest()
    .toString("hex", 0, ID_LENGTH / 2);
}

function isPlainObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function sortedByName(object: Record<string, unknown>): Record<string, unknown> {
  return Object.fromEntries(Object.entries(object).sort(([a], [b]) => (a < b ? -1 : 1)));
}

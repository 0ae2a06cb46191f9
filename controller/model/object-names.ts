/** Names of the objects that belong to an APIRule or a workload. */
import { createHash } from "node:crypto";
import { MANAGER } from "../api/resources.ts";

/** Longest name of a Kubernetes object (RFC 1123 subdomain). */
const MAX_NAME = 253;

/** Name of an object after what it belongs to. */
export function objectName(suffix: string): string {
  return shorten(`${MANAGER}-${suffix}`, MAX_NAME);
}

/** The text, or, where it is too long, its start and its hash. */
export function shorten(text: string, length: number): string {
  if (text.length <= length) return text;
  const hash = shortHash(text);
  const start = text.slice(0, length - hash.length - 1).replace(/[-.]+$/, "");
  return `${start}-${hash}`;
}

/** The first 10 hexadecimal digits of SHA-256. */
export function shortHash(text: string): string {
  return createHash("sha256").update(text).digest("hex").slice(0, 10);
}

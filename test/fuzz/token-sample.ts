/** A token as a lenient reader sees it: what the deviations from the oracle are decided by. */
export interface TokenSample {
  token: string;
  /** Header and claims, where they are JSON objects. */
  header: Record<string, unknown> | undefined;
  claims: Record<string, unknown> | undefined;
  /** Whether every part is in its one spelling as base64url. */
  isCanonical: boolean;
  isUnicode: boolean;
  hasDuplicates: boolean;
  /** Deepest nesting, and most members, of header and claims. */
  depth: number;
  members: number;
}

const STRINGS = /"(?:[^"\\]|\\.)*"(\s*:)?/gs;

export function readSample(token: string): TokenSample {
  const parts = token.split(".");
  const documents = parts.slice(0, 2).map((part) => Buffer.from(part, "base64url"));
  const texts = documents.map((bytes) => bytes.toString("utf8").replace(/^\ufeff/, ""));
  const values = texts.map(parse);
  const [header, claims] = values.map(asObject);
  return {
    token,
    header,
    claims,
    isCanonical: parts.every((part) => Buffer.from(part, "base64url").toString("base64url") === part),
    isUnicode: documents.every(isUtf8) && texts.every(hasWellFormedStrings),
    hasDuplicates: texts.some((text, index) => namesIn(text) > countMembers(values[index])),
    depth: Math.max(...values.map(depthOf)),
    members: Math.max(...values.map(countMembers)),
  };
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function asObject(value: unknown): Record<string, unknown> | undefined {
  const isObject = typeof value === "object" && value !== null && !Array.isArray(value);
  return isObject ? (value as Record<string, unknown>) : undefined;
}

/** Whether bytes are UTF-8 without a byte order mark. */
export function isUtf8(bytes: Uint8Array): boolean {
  try {
    return !new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes).startsWith("\ufeff");
  } catch {
    return false;
  }
}

/** Whether no string of a JSON text holds a lone surrogate. */
export function hasWellFormedStrings(text: string): boolean {
  return [...text.matchAll(STRINGS)].every(([match, colon = ""]) => {
    const value = parse(match.slice(0, match.length - colon.length));
    return typeof value !== "string" || value.isWellFormed();
  });
}

/** Names of members in a JSON text, each as often as it stands there. */
export function namesIn(text: string): number {
  return [...text.matchAll(STRINGS)].filter(([, colon]) => colon !== undefined).length;
}

/** Members of all objects in a value. */
export function countMembers(value: unknown): number {
  if (typeof value !== "object" || value === null) return 0;
  const inner = Object.values(value).reduce((sum: number, each) => sum + countMembers(each), 0);
  return inner + (Array.isArray(value) ? 0 : Object.keys(value).length);
}

export function depthOf(value: unknown): number {
  if (typeof value !== "object" || value === null) return 0;
  return 1 + Object.values(value).reduce((most: number, each) => Math.max(most, depthOf(each)), 0);
}

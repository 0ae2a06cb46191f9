/** Keys for a translation that is printed once. */
import type { PluginKey } from "../api/plugin-config.ts";
import { messageOf } from "../errors.ts";
import { SourceFetcher } from "../keys/source-fetcher.ts";
import type { KeySource } from "../model/exposure.ts";

/** Keys by source, and what went wrong, one line each. */
export interface FetchedKeys {
  keys: Map<string, readonly PluginKey[]>;
  problems: string[];
  warnings: string[];
}

/** Asks every source once. Addresses on the loopback interface are allowed. Never rejects. */
export async function fetchKeys(sources: readonly KeySource[]): Promise<FetchedKeys> {
  const fetched = await Promise.all(sources.map(fetchSource));
  return {
    keys: new Map(fetched.map(({ id, keys }) => [id, keys])),
    problems: fetched.flatMap(({ problems }) => problems),
    warnings: fetched.flatMap(({ warnings }) => warnings),
  };
}

interface FetchedSource {
  id: string;
  keys: PluginKey[];
  problems: string[];
  warnings: string[];
}

async function fetchSource(source: KeySource): Promise<FetchedSource> {
  const { id } = source;
  const address = source.kind === "jwks" ? source.jwksUri : source.issuer;
  try {
    const fetcher = new SourceFetcher(source, { allowLoopback: true, defaultSeconds: 60 });
    const { keys, refused } = await fetcher.fetch();
    const warnings = refused.map(({ kid, reason }) => `${address}: key ${kid ?? "without kid"}: ${reason}`);
    return { id, keys, problems: [], warnings };
  } catch (error) {
    return { id, keys: [], problems: [`keys of ${address}: ${messageOf(error)}`], warnings: [] };
  }
}

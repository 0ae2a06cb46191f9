/** The requests, as bytes ready to be written. */
import { announce } from "../../tools/setup/step.ts";
import { type SigningKey, signTokens } from "./tokens.ts";

/** One request that is sent over and over, and many with a token each. */
export interface Requests {
  repeated: readonly Buffer[];
  distinct: readonly Buffer[];
}

/** What every request asks for. */
export const HOST = "bench.local.test";
export const PATH = "/orders";

/** So many that a token has left the cache of 4,096 entries when its turn comes again. */
const MOST_DISTINCT_TOKENS = 20_000;

/** Signs as many tokens as `needed` requests with distinct tokens take, and at least one. */
export async function prepareRequests(key: SigningKey, needed: number): Promise<Requests> {
  const count = Math.max(1, Math.min(needed, MOST_DISTINCT_TOKENS));
  const start = performance.now();
  announce("bench", `signing ${count} tokens`);
  const tokens = await signTokens(key, count);
  announce("bench", `signed in ${((performance.now() - start) / 1_000).toFixed(1)} s`);
  const distinct = tokens.map(toRequest);
  return { distinct, repeated: distinct.slice(0, 1) };
}

function toRequest(token: string): Buffer {
  const lines = [`GET ${PATH} HTTP/1.1`, `host: ${HOST}`, `authorization: Bearer ${token}`, "", ""];
  return Buffer.from(lines.join("\r\n"));
}

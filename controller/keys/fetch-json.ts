import type { IncomingMessage } from "node:http";
import { ControllerError, messageOf } from "../errors.ts";
import { guardedLookup } from "./addresses.ts";
import { parseUrl, readBody, type Scheme, TRANSPORTS } from "./outgoing.ts";

/** What bounds one fetch. */
export interface FetchOptions {
  /** Whether 127.0.0.0/8 and ::1 may be fetched from. */
  allowLoopback: boolean;
  /** The whole exchange, in milliseconds. */
  timeoutMs: number;
  maxBytes: number;
  /** Sent as `If-None-Match`. */
  etag?: string | undefined;
  /** Ends the exchange early. */
  signal?: AbortSignal | undefined;
}

/** A JSON document, or the news that the one with the given ETag still stands. */
export type Fetched = { headers: IncomingMessage["headers"] } & (
  | { modified: true; document: unknown }
  | { modified: false }
);

/**
 * Fetches a JSON document over HTTP or HTTPS. Redirects are not followed, and neither a proxy of the environment nor
 * a kept connection is used: the address that was checked is the one that answers.
 *
 * @throws ControllerError with the URL and the reason
 */
export async function fetchJson(url: string, options: FetchOptions): Promise<Fetched> {
  try {
    return await exchange(parseUrl(url, options.allowLoopback), options);
  } catch (error) {
    if (error instanceof ControllerError && error.code === "address_refused") throw error;
    const timedOut = error instanceof Error && error.name === "TimeoutError";
    const reason = timedOut ? `no complete answer within ${options.timeoutMs / 1000} s` : messageOf(error);
    throw new ControllerError("fetch_failed", `${url}: ${reason}`, { cause: error });
  }
}

function exchange(url: URL & { protocol: Scheme }, options: FetchOptions): Promise<Fetched> {
  const { allowLoopback, timeoutMs, etag, signal } = options;
  const timeout = AbortSignal.timeout(timeoutMs);
  return new Promise((resolve, reject) => {
    const ended = signal ? AbortSignal.any([signal, timeout]) : timeout;
    const request = TRANSPORTS[url.protocol](url, {
      agent: false,
      lookup: guardedLookup(allowLoopback),
      signal: ended,
      headers: {
        accept: "application/jwk-set+json, application/json",
        "accept-encoding": "identity",
        ...(etag !== undefined && { "if-none-match": etag }),
      },
    });
    request.once("error", (error) => reject(timeout.aborted ? timeout.reason : error));
    request.once("response", (response) => {
      readResponse(response, options)
        .then(resolve, (error) => reject(timeout.aborted ? timeout.reason : error))
        .finally(() => request.destroy());
    });
    request.end();
  });
}

async function readResponse(response: IncomingMessage, { etag, maxBytes }: FetchOptions): Promise<Fetched> {
  const { statusCode: status = 0, headers } = response;
  if (status === 304 && etag !== undefined) return { modified: false, headers };
  if (status >= 300 && status < 400) {
    throw new Error(`redirects are not followed (status ${status}); configure the address that it leads to`);
  }
  if (status !== 200) throw new Error(`status ${status} instead of 200`);
  return { modified: true, headers, document: parseJson(await readBody(response, maxBytes)) };
}

function parseJson(body: Buffer): unknown {
  try {
    return JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(body));
  } catch {
    throw new Error("the answer is not JSON");
  }
}

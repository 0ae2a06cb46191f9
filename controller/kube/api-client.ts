/** Calls to the API server over HTTPS with connections that are kept. */
import type { IncomingMessage } from "node:http";
import { Agent, request as startRequest } from "node:https";
import { text } from "node:stream/consumers";
import { ControllerError, messageOf } from "../errors.ts";
import { toApiError } from "./api-error.ts";
import type { ClusterAccess, Credentials } from "./credentials.ts";

/** Media types of request bodies. */
export const CONTENT_TYPES = {
  json: "application/json",
  mergePatch: "application/merge-patch+json",
  apply: "application/apply-patch+yaml",
} as const;

export interface ApiRequest {
  method: "GET" | "POST" | "PUT" | "PATCH" | "DELETE";
  path: string;
  query?: Readonly<Record<string, string | number | boolean | undefined>>;
  /** Sent as JSON. */
  body?: object;
  contentType?: string;
  /** Ends the call. */
  signal?: AbortSignal | undefined;
  /** The whole exchange, or of a stream the longest silence. Milliseconds. */
  timeoutMs?: number;
}

const DEFAULT_TIMEOUT_MS = 10_000;
const CREDENTIALS_LIFE_MS = 10_000;
const MAX_CONNECTIONS = 32;

/** Speaks with one API server. */
export class ApiClient {
  readonly #access: ClusterAccess;
  readonly #agent = new Agent({ keepAlive: true, maxSockets: MAX_CONNECTIONS });
  #credentials: Promise<Credentials> | undefined;
  #credentialsReadAt = 0;

  constructor(access: ClusterAccess) {
    this.#access = access;
  }

  /**
   * Makes one call and returns what was answered.
   *
   * @throws ApiError when the answer is an error, ControllerError `api_unreachable` when there is none
   */
  async request<Answer>(request: ApiRequest): Promise<Answer> {
    const timeout = AbortSignal.timeout(request.timeoutMs ?? DEFAULT_TIMEOUT_MS);
    const signal = request.signal ? AbortSignal.any([request.signal, timeout]) : timeout;
    try {
      const response = await this.#send(request, signal);
      return JSON.parse(await text(response)) as Answer;
    } catch (error) {
      throw unreachable(error, timeout.aborted ? "no complete answer in time" : messageOf(error));
    }
  }

  /** Makes one call and yields each line of the answer as it comes. Throws as `request` does. */
  async *lines(request: ApiRequest): AsyncGenerator<string> {
    const ended = new AbortController();
    const signal = request.signal ? AbortSignal.any([request.signal, ended.signal]) : ended.signal;
    try {
      const response = await this.#send(request, signal);
      const silence = request.timeoutMs ?? DEFAULT_TIMEOUT_MS;
      response.setTimeout(silence, () => response.destroy(new Error("the connection has gone silent")));
      yield* splitLines(response);
    } catch (error) {
      throw unreachable(error, messageOf(error));
    } finally {
      ended.abort();
    }
  }

  /** Closes the connections that are kept. */
  close(): void {
    this.#agent.destroy();
  }

  async #send(request: ApiRequest, signal: AbortSignal): Promise<IncomingMessage> {
    const { method, path, query = {}, body, contentType = CONTENT_TYPES.json } = request;
    const url = new URL(`${this.#access.server.replace(/\/$/, "")}${path}`);
    for (const [name, value] of Object.entries(query)) {
      if (value !== undefined) url.searchParams.set(name, String(value));
    }
    const { headers, ...credentials } = await this.#readCredentials();
    const payload = body === undefined ? undefined : JSON.stringify(body);
    const response = await new Promise<IncomingMessage>((resolve, reject) => {
      const outgoing = startRequest(url, {
        ...credentials,
        method,
        signal,
        agent: this.#agent,
        headers: {
          ...headers,
          accept: "application/json",
          ...(payload !== undefined && {
            "content-type": contentType,
            "content-length": Buffer.byteLength(payload),
          }),
        },
      });
      outgoing.once("response", resolve).once("error", reject).end(payload);
    });
    const { statusCode: status = 0 } = response;
    if (status >= 200 && status < 300) return response;
    if (status === 401) this.#credentials = undefined;
    throw toApiError(status, await text(response), response.headers["retry-after"]);
  }

  #readCredentials(): Promise<Credentials> {
    const now = performance.now();
    if (this.#credentials === undefined || now - this.#credentialsReadAt > CREDENTIALS_LIFE_MS) {
      this.#credentials = this.#access.credentials();
      this.#credentialsReadAt = now;
    }
    return this.#credentials;
  }
}

function unreachable(error: unknown, reason: string): ControllerError {
  if (error instanceof ControllerError) return error;
  return new ControllerError("api_unreachable", `the API server cannot be reached: ${reason}`, {
    cause: error,
  });
}

async function* splitLines(response: IncomingMessage): AsyncGenerator<string> {
  response.setEncoding("utf8");
  let pieces: string[] = [];
  for await (const chunk of response as AsyncIterable<string>) {
    let start = 0;
    for (let end = chunk.indexOf("\n"); end >= 0; end = chunk.indexOf("\n", start)) {
      yield pieces.join("") + chunk.slice(start, end);
      pieces = [];
      start = end + 1;
    }
    if (start < chunk.length) pieces.push(chunk.slice(start));
  }
}

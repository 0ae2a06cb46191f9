/** A workload for demos and tests: it answers each request with what it saw of it. */
import { createServer, type IncomingMessage } from "node:http";
import { setTimeout as delay } from "node:timers/promises";
import { closeServer, listenOnLoopback } from "./loopback.ts";

/** The JSON body of every answer. */
export interface Echo {
  method: string;
  /** The request target as it came, query included. */
  path: string;
  host: string;
  /** Name and value of each header line in order, repeated ones included. */
  headers: [name: string, value: string][];
}

/** A running upstream. */
export interface Upstream {
  readonly port: number;
  close(): Promise<void>;
}

/** A request with this header is answered that many milliseconds later. */
const DELAY_HEADER = "x-echo-delay-ms";

/** A CORS answer of the workload itself, which a gateway has to remove. */
const CORS_HEADERS = {
  "access-control-allow-origin": "https://upstream.local.test",
  "access-control-allow-methods": "GET",
  "access-control-allow-headers": "x-upstream",
  "access-control-allow-credentials": "true",
  "access-control-expose-headers": "x-upstream",
  "access-control-max-age": "7",
};

const LONGEST_DELAY_MS = 30_000;

/**
 * Starts an echo server on 127.0.0.1. Port 0, the default, takes a free one. Answers carry its `name`, if it has one, as
 * `x-workload`.
 * @throws PortTakenError
 */
export async function startUpstream(options: { port?: number; name?: string } = {}): Promise<Upstream> {
  const stop = new AbortController();
  const server = createServer(async (request, response) => {
    request.resume();
    const wait = Math.min(Number(request.headers[DELAY_HEADER] ?? 0), LONGEST_DELAY_MS);
    if (wait > 0) await delay(wait, undefined, { signal: stop.signal }).catch(() => {});
    response.setHeader("content-type", "application/json");
    for (const [name, value] of Object.entries(CORS_HEADERS)) response.setHeader(name, value);
    if (options.name !== undefined) response.setHeader("x-workload", options.name);
    response.end(`${JSON.stringify(echo(request))}\n`);
  });
  const port = await listenOnLoopback(server, options.port ?? 0);
  return {
    port,
    close() {
      stop.abort();
      return closeServer(server);
    },
  };
}

function echo(request: IncomingMessage): Echo {
  const { rawHeaders } = request;
  const headers: Echo["headers"] = [];
  for (let at = 0; at < rawHeaders.length; at += 2) {
    headers.push([rawHeaders[at] ?? "", rawHeaders[at + 1] ?? ""]);
  }
  return { method: request.method ?? "", path: request.url ?? "", host: request.headers.host ?? "", headers };
}

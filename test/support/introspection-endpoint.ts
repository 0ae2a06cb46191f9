/** An introspection endpoint that answers as a test tells it to, also in ways that a real one does not. */
import { setMaxListeners } from "node:events";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import { setTimeout as delay } from "node:timers/promises";
import { closeServer, listenOnLoopback } from "../../tools/demo/loopback.ts";

/** How a call is answered. */
export interface Script {
  /** Default 200. */
  status?: number;
  /** An object is sent as JSON. */
  body: object | string;
  delayMs?: number;
  /** The connection is closed instead. */
  hangUp?: boolean;
}

/** A call as it arrived. */
interface IntrospectionCall {
  method: string;
  path: string;
  headers: IncomingMessage["headers"];
  /** The body, not decoded. */
  form: string;
  token: string;
}

export interface IntrospectionEndpoint {
  readonly port: number;
  readonly calls: IntrospectionCall[];
  /** What is answered; a test sets it. */
  answer: (token: string) => Script;
  close(): Promise<void>;
}

export async function startIntrospectionEndpoint(): Promise<IntrospectionEndpoint> {
  const calls: IntrospectionCall[] = [];
  const stop = new AbortController();
  setMaxListeners(0, stop.signal);
  const server = createServer((request, response) => void serve(request, response).catch(() => {}));
  const endpoint: IntrospectionEndpoint = {
    port: await listenOnLoopback(server, 0),
    calls,
    answer: () => ({ body: { active: false } }),
    close() {
      stop.abort();
      return closeServer(server);
    },
  };
  return endpoint;

  async function serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const form = await readText(request);
    const token = new URLSearchParams(form).get("token") ?? "";
    const { method = "", url: path = "", headers } = request;
    calls.push({ method, path, headers, form, token });
    const { status = 200, body, delayMs = 0, hangUp = false } = endpoint.answer(token);
    if (delayMs > 0) await delay(delayMs, undefined, { signal: stop.signal });
    if (hangUp) request.socket.destroy();
    else send(response, status, body);
  }
}

function send(response: ServerResponse, status: number, body: object | string): void {
  response.writeHead(status, { "content-type": "application/json" });
  response.end(typeof body === "string" ? body : JSON.stringify(body));
}

async function readText(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks).toString("utf8");
}

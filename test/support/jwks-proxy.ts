/** Passes requests for a key set on to its issuer, and notes when they come. */
import { createServer } from "node:http";
import { closeServer, listenOnLoopback } from "../../tools/demo/loopback.ts";

export interface JwksProxy {
  url: string;
  /** When each request came, in monotonic milliseconds. */
  requests: number[];
  close(): Promise<void>;
}

/** Starts a proxy in front of the key set at `target`. */
export async function startJwksProxy(target: string): Promise<JwksProxy> {
  const requests: number[] = [];
  const server = createServer((_, response) => {
    requests.push(performance.now());
    fetch(target)
      .then(async (answer) => response.writeHead(answer.status, headersOf(answer)).end(await answer.text()))
      .catch(() => response.writeHead(502).end());
  });
  const port = await listenOnLoopback(server, 0);
  return { url: `http://127.0.0.1:${port}/jwks`, requests, close: () => closeServer(server) };
}

function headersOf(answer: Response): Record<string, string> {
  return { "content-type": answer.headers.get("content-type") ?? "application/json" };
}

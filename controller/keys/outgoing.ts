/** HTTP to addresses that users have written: what is called, and how much of an answer is read. */
import { type IncomingMessage, request as requestHttp } from "node:http";
import { request as requestHttps } from "node:https";
import { refusalOfHost } from "./addresses.ts";

/** How to start a request, by the scheme of its URL. */
export const TRANSPORTS = { "http:": requestHttp, "https:": requestHttps } as const;

/** The scheme of a URL that `parseUrl` has returned. */
export type Scheme = keyof typeof TRANSPORTS;

/**
 * Parses a URL that may be called.
 *
 * @throws Error that says why not, ControllerError `address_refused` for an address that nobody may call
 */
export function parseUrl(text: string, allowLoopback: boolean): URL & { protocol: Scheme } {
  if (!URL.canParse(text)) throw new Error("is not a URL");
  const url = new URL(text);
  if (!hasTransport(url)) throw new Error("only http and https are supported");
  if (url.username || url.password) throw new Error("a URL with credentials is not supported");
  const refusal = refusalOfHost(url.hostname, allowLoopback);
  if (refusal) throw refusal;
  return url;
}

/** The whole body of a message. Throws Error when it is larger than `maxBytes`. */
export async function readBody(message: IncomingMessage, maxBytes: number): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of message as AsyncIterable<Buffer>) {
    size += chunk.length;
    if (size > maxBytes) throw new Error(`the answer is larger than ${maxBytes} bytes`);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}

function hasTransport(url: URL): url is URL & { protocol: Scheme } {
  return url.protocol in TRANSPORTS;
}

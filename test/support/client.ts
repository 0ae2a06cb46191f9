/** An HTTP/1.1 client that sends path and header lines exactly as they are given. */
import { Agent, request as startRequest } from "node:http";
import { Agent as SecureAgent } from "node:https";
import type { ConnectionOptions } from "node:tls";

/** A header line. */
export type HeaderLine = [name: string, value: string];

export interface RawRequest {
  method: string;
  /** The request target; nothing in it is normalised or escaped. */
  path: string;
  /** Every header line in order, `Host` included. */
  headers: HeaderLine[];
}

export interface RawResponse {
  status: number;
  headers: HeaderLine[];
  body: string;
}

/** Connections to one gateway that are kept open between requests. */
export interface Client {
  /** @throws Error when the connection breaks or no answer comes within 20 s */
  send(request: RawRequest): Promise<RawResponse>;
  close(): void;
}

const TIMEOUT_MS = 20_000;

/** Opens a client for the gateway at `url` with at most `connections` connections; `tls` holds for https. */
export function openClient(url: string, connections = 16, tls: ConnectionOptions = {}): Client {
  const { protocol, hostname, port } = new URL(url);
  const options = { keepAlive: true, maxSockets: connections };
  const agent = protocol === "https:" ? new SecureAgent({ ...options, ...tls }) : new Agent(options);
  const send = ({ method, path, headers }: RawRequest): Promise<RawResponse> =>
    new Promise((resolve, reject) => {
      const outgoing = startRequest(
        { agent, protocol, hostname, port, method, path, headers: headers.flat(), timeout: TIMEOUT_MS },
        (incoming) => {
          let body = "";
          incoming.setEncoding("utf8");
          incoming.on("data", (chunk: string) => {
            body += chunk;
          });
          incoming.on("error", reject);
          incoming.on("end", () => {
            resolve({ status: incoming.statusCode ?? 0, headers: pairs(incoming.rawHeaders), body });
          });
        },
      );
      outgoing.on("timeout", () => outgoing.destroy(new Error(`no answer to ${method} ${path}`)));
      outgoing.on("error", reject);
      outgoing.end();
    });
  return { send, close: () => agent.destroy() };
}

/** The values of a header, in order. Names are compared without regard to case. */
export function headerValues(headers: HeaderLine[], name: string): string[] {
  const wanted = name.toLowerCase();
  return headers.filter(([candidate]) => candidate.toLowerCase() === wanted).map(([, value]) => value);
}

function pairs(rawHeaders: string[]): HeaderLine[] {
  const lines: HeaderLine[] = [];
  for (let at = 0; at < rawHeaders.length; at += 2)
    lines.push([rawHeaders[at] ?? "", rawHeaders[at + 1] ?? ""]);
  return lines;
}

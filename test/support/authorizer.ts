/** External authorizers that decide as the request asks them to, and the providers by which the mesh names them. */
import { createServer } from "node:http";
import { closeServer, listenOnLoopback } from "../../tools/demo/loopback.ts";

/** A running authorizer. */
export interface Authorizer {
  readonly port: number;
  close(): Promise<void>;
}

/** Names of the authorizers that tests have; each is a provider and the Service `default/authorizer-NAME`. */
export const AUTHORIZERS = ["first", "second"] as const;

/** A provider whose Service `default/authorizer-down` has nobody listening. */
const AUTHORIZER_DOWN = "down";

/** Starts an authorizer that lets in whoever its header `x-badge` lists: `x-badge: first,second`. */
export async function startAuthorizer(name: string): Promise<Authorizer> {
  const server = createServer((request, response) => {
    request.resume();
    const badges = String(request.headers["x-badge"] ?? "").split(",");
    if (badges.includes(name)) {
      response.setHeader(`x-${name}-saw`, `${request.method} ${request.headers.host} ${request.url}`);
      response.end();
      return;
    }
    response.writeHead(403, { "x-refused-by": name, "content-type": "text/plain" });
    response.end(`${name} does not know this badge\n`);
  });
  const port = await listenOnLoopback(server, 0);
  return { port, close: () => closeServer(server) };
}

/** Istio's mesh configuration with the providers of `AUTHORIZERS` and `AUTHORIZER_DOWN`, and others beside them. */
export function meshWithAuthorizers(others: readonly object[] = []): object {
  const providers = [...AUTHORIZERS, AUTHORIZER_DOWN].map((name) => ({
    name,
    envoyExtAuthzHttp: {
      service: `authorizer-${name}.default.svc.cluster.local`,
      port: 80,
      timeout: "5s",
      statusOnError: "503",
      includeRequestHeadersInCheck: ["x-badge"],
      headersToUpstreamOnAllow: [`x-${name}-saw`],
      headersToDownstreamOnDeny: ["x-refused-by", "content-type"],
    },
  }));
  return { extensionProviders: [...providers, ...others] };
}

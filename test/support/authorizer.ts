/** External authorizers that decide as the request asks them to, and the providers by which the mesh names them. */
import { createServer } from "node:http";
import { closeServer, listenOnLoopback } from "../../tools/demo/loopback.ts";

/** A running authorizer. */
interface Authorizer {
  readonly port: number;
  close(): Promise<void>;
}

/** Names of the authorizers that answer. */
const AUTHORIZERS = ["first", "second"] as const;

/** One that does not, and a port where nobody listens. */
const DOWN = { name: "down", port: 9 };

/** Authorizers as a gateway knows them. */
export interface Authorizers {
  /** Each one is a Service of namespace `default`, port 80, and listens on that port of 127.0.0.1. */
  readonly services: readonly { name: string; port: number }[];
  /** As the mesh configuration has them. */
  readonly extensionProviders: readonly object[];
}

/** Running authorizers. */
export interface RunningAuthorizers extends Authorizers {
  close(): Promise<void>;
}

/** Starts `AUTHORIZERS`. */
export async function startAuthorizers(): Promise<RunningAuthorizers> {
  const running = await Promise.all(AUTHORIZERS.map(startAuthorizer));
  const services = running.map(({ port }, index) => ({ name: serviceName(AUTHORIZERS[index] ?? ""), port }));
  return {
    extensionProviders: EXTENSION_PROVIDERS,
    services: [...services, { name: serviceName(DOWN.name), port: DOWN.port }],
    close: async () => void (await Promise.all(running.map((authorizer) => authorizer.close()))),
  };
}

/** Starts an authorizer that lets in whoever has its name on the badge: `x-badge: first,second`. */
async function startAuthorizer(name: string): Promise<Authorizer> {
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

/** All authorizers as the mesh configuration has them. */
export const EXTENSION_PROVIDERS = [...AUTHORIZERS, DOWN.name].map((name) => ({
  name,
  envoyExtAuthzHttp: {
    service: `${serviceName(name)}.default.svc.cluster.local`,
    port: 80,
    timeout: "5s",
    statusOnError: "503",
    includeRequestHeadersInCheck: ["x-badge"],
    headersToUpstreamOnAllow: [`x-${name}-saw`],
    headersToDownstreamOnDeny: ["x-refused-by", "content-type"],
  },
}));

/** All authorizers, while none of them runs. */
export const SILENT_AUTHORIZERS: Authorizers = {
  extensionProviders: EXTENSION_PROVIDERS,
  services: [...AUTHORIZERS, DOWN.name].map((name) => ({ name: serviceName(name), port: DOWN.port })),
};

function serviceName(authorizer: string): string {
  return `authorizer-${authorizer}`;
}

/** A gateway that introspects: the built filter in a real Envoy, and an endpoint that does what a test wants. */
import { createHash, randomBytes } from "node:crypto";
import { createServer, type IncomingMessage } from "node:http";
import type { PluginConfig, PluginPolicy } from "../../controller/api/plugin-config.ts";
import { closeServer, listenOnLoopback } from "../../tools/demo/loopback.ts";
import { configOf, createKey, id, routeOf } from "../filter/config.ts";
import { openClient, type RawResponse } from "./client.ts";
import { startFilterGateway } from "./filter-gateway.ts";
import { type Script, startIntrospectionEndpoint } from "./introspection-endpoint.ts";

/** Key of `https://issuer`. */
export const key = createKey("k", "RS256");

/** Time that the endpoint has for an answer. */
export const TIMEOUT_MS = 1_000;

const server = {
  cluster: "endpoint",
  authority: "login.example.com",
  path: "/introspect",
  maxCacheSeconds: 60,
};
/** Server `1` is the scripted endpoint, `2` too, as another one; nobody listens where `3` is. */
export const servers = [
  { id: id("1"), ...server, timeoutMs: TIMEOUT_MS },
  { id: id("2"), ...server, timeoutMs: TIMEOUT_MS, path: "/other", issuer: "https://other" },
  { id: id("3"), ...server, timeoutMs: TIMEOUT_MS, cluster: "nobody" },
  { id: id("4"), ...server, timeoutMs: TIMEOUT_MS, cluster: "unknown" },
  { id: id("5"), ...server, timeoutMs: TIMEOUT_MS, maxCacheSeconds: 0 },
];

/** A policy of introspected tokens alone, by one digit of its id and of its server's. */
export function policy(
  digit: string,
  serverDigit: string,
  scopes: string[],
  audiences: string[] = [],
): PluginPolicy {
  const authorizations = [{ scopes, audiences }];
  return {
    id: id(digit),
    kind: "jwt",
    providers: [],
    authorizations: [],
    introspection: { server: id(serverDigit), authorizations },
  };
}

/** The policy of `/<digit>`, by the digit of its id. */
export const policies: PluginPolicy[] = [
  policy("a", "1", ["read"]),
  policy("b", "1", ["write"], ["orders"]),
  policy("c", "2", []),
  policy("d", "3", []),
  policy("e", "4", []),
  { ...policy("f", "1", ["read"]), providers: [id("b")] } as PluginPolicy,
  policy("0", "5", []),
];
const routes = ["a", "b", "c", "d", "e", "f", "0"].map((digit) => ({
  prefix: `/${digit}`,
  name: routeOf(digit),
}));

let revisions = 0;
/** A configuration with a revision of its own. */
export function config(changes: Partial<PluginConfig> = {}): PluginConfig {
  revisions++;
  const revision = revisions.toString(16).padStart(13, "0");
  return { ...configOf([key], policies, revision), introspectionServers: servers, ...changes };
}

/** What the upstream has received. */
export interface BodyEcho {
  length: number;
  sha256: string;
}

/** Starts everything. */
export async function startIntrospectionGateway() {
  const endpoint = await startIntrospectionEndpoint();
  let upstreamRequests = 0;
  const upstream = createServer({ maxHeaderSize: 65_536 }, (request, response) => {
    upstreamRequests++;
    void digest(request).then((echo) => response.end(JSON.stringify(echo)));
  });
  const gateway = await startFilterGateway({
    routes,
    upstreamPort: await listenOnLoopback(upstream, 0),
    clusters: { endpoint: endpoint.port, nobody: 9 },
    config: config(),
  });
  const client = openClient(gateway.url, 64);
  const answer = (script: Script) => {
    endpoint.answer = () => script;
  };
  return {
    ...gateway,
    endpoint,
    answer,
    upstreamRequests: () => upstreamRequests,
    /** Forgets what has been counted; the endpoint finds every token active, with the scope `read`. */
    reset() {
      endpoint.calls.length = 0;
      upstreamRequests = 0;
      answer({ body: { active: true, scope: "read" } });
    },
    send(bearer: string, path = "/a"): Promise<RawResponse> {
      const headers: [string, string][] = [
        ["host", "test.local"],
        ["authorization", `Bearer ${bearer}`],
      ];
      return client.send({ method: "GET", path, headers });
    },
    async stop() {
      client.close();
      await gateway.stop();
      await endpoint.close();
      await closeServer(upstream);
    },
  };
}

export type IntrospectionGateway = Awaited<ReturnType<typeof startIntrospectionGateway>>;

async function digest(request: IncomingMessage): Promise<BodyEcho> {
  const hash = createHash("sha256");
  let length = 0;
  for await (const chunk of request) {
    hash.update(chunk);
    length += chunk.length;
  }
  return { length, sha256: hash.digest("hex") };
}

/** A token that nobody has seen. */
export function token(): string {
  return randomBytes(24).toString("base64url");
}

/** NumericDate (RFC 7519, section 2). */
export const inSeconds = (seconds: number) => Math.floor(Date.now() / 1_000) + seconds;

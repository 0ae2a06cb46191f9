/** An authorizer with every setting that the mesh configuration knows, as a standalone Envoy asks it. */
import { once } from "node:events";
import {
  createServer,
  type IncomingHttpHeaders,
  type IncomingMessage,
  request,
  type Server,
} from "node:http";
import { text } from "node:stream/consumers";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { closeServer, listenOnLoopback } from "../../tools/demo/loopback.ts";
import { startUpstream, type Upstream } from "../../tools/demo/upstream.ts";
import { apiRule } from "../support/apirule.ts";
import { type StandaloneGateway, startStandaloneGateway } from "../support/standalone-gateway.ts";

interface Check {
  method: string | undefined;
  url: string | undefined;
  headers: IncomingHttpHeaders;
  body: string;
}

const PROVIDER = {
  name: "thorough",
  envoyExtAuthzHttp: {
    service: "thorough.default.svc.cluster.local",
    port: 80,
    timeout: "2.5s",
    pathPrefix: "/check",
    statusOnError: "500",
    failOpen: false,
    includeRequestHeadersInCheck: ["x-tenant", "x-trace-*"],
    includeAdditionalHeadersInCheck: { "x-gateway": "tollgate" },
    includeRequestBodyInCheck: { maxRequestBytes: 5, allowPartialMessage: true },
    headersToUpstreamOnAllow: ["*-verdict"],
    headersToDownstreamOnAllow: ["x-for-client"],
    headersToDownstreamOnDeny: ["x-why"],
  },
};

describe("an authorizer with every setting", () => {
  const checks: Check[] = [];
  let authorizer: Server;
  let upstream: Upstream;
  let gateway: StandaloneGateway;

  beforeAll(async () => {
    authorizer = createServer(async (incoming, response) => {
      const { method, url, headers } = incoming;
      checks.push({ method, url, headers, body: await text(incoming) });
      response.setHeader("x-verdict", "fine");
      response.setHeader("x-for-client", "hello");
      response.end();
    });
    const port = await listenOnLoopback(authorizer, 0);
    upstream = await startUpstream();
    const rule = { path: "/*", methods: ["POST"], extAuth: { authorizers: ["thorough"] } };
    gateway = await startStandaloneGateway([apiRule({ name: "thorough", rules: [rule] })], upstream.port, {
      services: [{ name: "thorough", port }],
      extensionProviders: [PROVIDER],
    });
  });
  afterAll(async () => {
    await gateway?.stop();
    await upstream?.close();
    await closeServer(authorizer);
  });

  test("is asked as the settings say", async () => {
    const outgoing = request(`${gateway.url}/any?page=1`, {
      method: "POST",
      headers: { host: "thorough.local.test", "x-tenant": "t", "x-trace-id": "7", "x-other": "o" },
    });
    outgoing.end("hello, body");
    const [response] = (await once(outgoing, "response")) as [IncomingMessage];
    expect(response.statusCode).toBe(200);
    expect(response.headers["x-for-client"]).toBe("hello");
    const echo = JSON.parse(await text(response)) as { headers: [string, string][] };
    expect(echo.headers).toContainEqual(["x-verdict", "fine"]);
    const [check, ...others] = checks;
    expect(others).toEqual([]);
    expect(check).toMatchObject({ method: "POST", url: "/check/any?page=1", body: "hello" });
    expect(check?.headers).toMatchObject({ "x-tenant": "t", "x-trace-id": "7", "x-gateway": "tollgate" });
    expect(check?.headers).not.toHaveProperty("x-other");
  });
});

test.each([
  ["a mesh configuration", undefined, "Failed to get Istio ConfigMap"],
  [
    "the Service of an authorizer",
    { services: [], extensionProviders: [PROVIDER] },
    'Service not found: there is no Service "default/thorough"',
  ],
])("without %s the rule is refused, and the log says why", async (_what, authorizers, message) => {
  const rule = { path: "/*", methods: ["GET"], extAuth: { authorizers: ["thorough"] } };
  const manifests = [apiRule({ name: "incomplete", rules: [rule] })];
  await expect(startStandaloneGateway(manifests, 9, authorizers)).rejects.toThrow(message);
});

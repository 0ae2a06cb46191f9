/** What the controller serves: the filter for gateways, and its own health and metrics. */
import type { ServerResponse } from "node:http";
import { type BoundServer, listen } from "../bound-server.ts";
import type { ControllerMetrics } from "./controller-metrics.ts";
import type { FilterModule } from "./module.ts";

/** Path of the filter. */
const MODULE_PATH = "/tollgate.wasm";

/** What there is to serve. */
export interface Served {
  module: FilterModule;
  metrics: ControllerMetrics;
}

/**
 * Serves the filter, `/healthz`, `/readyz` and `/metrics`. Ready is a replica from when it has seen all that the cluster has
 * once: it stays so, leader or not, and also while CRDs are missing. Throws ControllerError `port_taken`.
 */
export function startHttpServer(address: string, served: Served): Promise<BoundServer> {
  return listen(address, (request, response) => {
    const [path] = (request.url ?? "").split("?");
    const handle = request.method === "GET" || request.method === "HEAD" ? HANDLERS[path ?? ""] : undefined;
    if (handle === undefined) response.writeHead(404).end();
    else handle(served, response);
  });
}

const HANDLERS: Readonly<Record<string, (served: Served, response: ServerResponse) => void>> = {
  [MODULE_PATH]: ({ module: { bytes, sha256 } }, response) => {
    const headers = {
      "content-type": "application/wasm",
      "content-length": bytes.length,
      etag: `"${sha256}"`,
    };
    response.writeHead(200, headers).end(bytes);
  },
  "/healthz": (_, response) => response.writeHead(200).end("ok\n"),
  "/readyz": ({ metrics: { isSynced } }, response) =>
    response.writeHead(isSynced ? 200 : 503).end(isSynced ? "ok\n" : "the caches are not complete yet\n"),
  "/metrics": ({ metrics }, response) => {
    metrics.text().then(
      (text) => response.writeHead(200, { "content-type": metrics.contentType }).end(text),
      () => response.writeHead(500).end(),
    );
  },
};

import type { RawRequest, RawResponse } from "../support/client.ts";

/**
 * What the conformance cases run against. Every gateway has, beside the applied manifests, the Istio Gateway
 * `kyma-system/kyma-gateway` with one plain HTTP server for `*.local.test`, and in front of echo upstreams
 * (tools/demo/upstream.ts) the Services `default/echo` and `elsewhere/echo` with port 80. Its mesh has the authorizers of
 * support/authorizer.ts.
 */
export interface Gateway {
  /** Replaces everything applied before. Resolves when it is handed over; verdicts follow within a second. */
  apply(manifests: object[]): Promise<void>;
  send(request: RawRequest): Promise<RawResponse>;
}

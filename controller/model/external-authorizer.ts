/** What Istio's mesh configuration says of an HTTP service that is asked whether a request may pass. */
import { type Static, Type } from "typebox";
import { MESSAGES } from "../api/apirule/keywords.ts";

/** Names of headers; a `*` at one end stands for any characters, and alone it is not allowed. */
const HeaderNames = Type.Optional(
  Type.Array(
    Type.String({
      pattern: "^(?:\\*[^*]+|[^*]+\\*?)$",
      [MESSAGES]: { pattern: "must be the name of a header, with at most one * at one end" },
    }),
  ),
);

/** `envoyExtAuthzHttp` of an extension provider. */
export const ExternalAuthorizerSchema = Type.Object({
  service: Type.String({ minLength: 1, description: "Host of a Service, or `namespace/host`." }),
  port: Type.Integer({ minimum: 1, maximum: 65_535 }),
  timeout: Type.Optional(
    Type.String({
      pattern: "^[0-9]+(?:\\.[0-9]{1,9})?s$",
      [MESSAGES]: { pattern: "must be a duration in seconds, as 5s or 0.5s" },
    }),
  ),
  pathPrefix: Type.Optional(
    Type.String({ pattern: "^(?:/|$)", [MESSAGES]: { pattern: "must begin with /" } }),
  ),
  failOpen: Type.Optional(Type.Boolean()),
  clearRouteCache: Type.Optional(Type.Boolean()),
  statusOnError: Type.Optional(
    Type.String({ pattern: "^[1-5][0-9][0-9]$", [MESSAGES]: { pattern: "must be an HTTP status" } }),
  ),
  includeHeadersInCheck: HeaderNames,
  includeRequestHeadersInCheck: HeaderNames,
  includeAdditionalHeadersInCheck: Type.Optional(
    Type.Unsafe<Record<string, string>>({ type: "object", additionalProperties: { type: "string" } }),
  ),
  includeRequestBodyInCheck: Type.Optional(
    Type.Object({
      maxRequestBytes: Type.Integer({ minimum: 1 }),
      allowPartialMessage: Type.Optional(Type.Boolean()),
      packAsBytes: Type.Optional(Type.Boolean()),
    }),
  ),
  headersToUpstreamOnAllow: HeaderNames,
  headersToDownstreamOnDeny: HeaderNames,
  headersToDownstreamOnAllow: HeaderNames,
});

/** An HTTP service that is asked whether a request may pass. */
export type ExternalAuthorizer = Static<typeof ExternalAuthorizerSchema>;

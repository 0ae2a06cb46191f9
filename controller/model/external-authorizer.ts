/** What Istio's mesh configuration says of an HTTP service that is asked whether a request may pass. */
import { type Static, Type } from "typebox";
import { MESSAGES } from "../api/apirule/keywords.ts";
import type { ObjectRef } from "./exposure.ts";

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
    Type.String({
      pattern: "^(?:/(?:[A-Za-z0-9._~!$&'()*+,;=:@/-]|%[0-9A-Fa-f]{2})*)?$",
      [MESSAGES]: { pattern: "must begin with / and be a path" },
    }),
  ),
  failOpen: Type.Optional(Type.Boolean()),
  clearRouteCache: Type.Optional(Type.Boolean()),
  statusOnError: Type.Optional(
    Type.String({
      pattern: "^(?:100|20[0-8]|226|30[0-578]|4(?:0[0-9]|1[0-7]|2[1-4]|26|28|29|31)|50[0-8]|51[01])$",
      [MESSAGES]: { pattern: "must be an HTTP status that Envoy knows" },
    }),
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

/** Host of an authorizer; Istio lets a namespace stand before it. */
export function hostOf({ service }: ExternalAuthorizer): string {
  return service.slice(service.indexOf("/") + 1);
}

/** The Service that an authorizer is; undefined for another host. */
export function serviceOf(authorizer: ExternalAuthorizer): ObjectRef | undefined {
  const [, name, namespace] = /^([^.]+)\.([^.]+)\.svc(?:\.|$)/.exec(hostOf(authorizer)) ?? [];
  return name === undefined || namespace === undefined ? undefined : { namespace, name };
}

/** One route of an exposure, as Envoy matches and forwards it. */
import type { Cors, Exposure, HttpMethod, PathMatch, Route } from "../../model/exposure.ts";
import { CORS_RESPONSE_HEADERS, requestHeadersToRemove, requestHeadersToSet } from "../headers.ts";
import { clusterName } from "./clusters.ts";
import { STREAM_IDLE_SECONDS } from "./connection-manager.ts";
import { renderRouteChecks } from "./external-authorization.ts";
import { TYPE_URLS } from "./resource.ts";

/** Renders a Route. Its name tells the filter the policy. */
export function renderRoute(exposure: Exposure, route: Route): object {
  const headers = [...requestHeadersToSet(exposure, route)];
  const remove = requestHeadersToRemove(route);
  return {
    name: route.name,
    match: { ...pathMatch(route.path), headers: [methodMatch(route.methods)] },
    route: {
      cluster: clusterName(route.destination),
      timeout: `${route.timeoutSeconds}s`,
      ...(route.timeoutSeconds > STREAM_IDLE_SECONDS ? { idle_timeout: `${route.timeoutSeconds}s` } : {}),
    },
    ...(remove.length > 0 ? { request_headers_to_remove: remove } : {}),
    request_headers_to_add: headers.map(([key, value]) => ({
      header: { key, value },
      append_action: "OVERWRITE_IF_EXISTS_OR_ADD",
    })),
    response_headers_to_remove: [...CORS_RESPONSE_HEADERS],
    ...perFilterConfig({
      ...(exposure.cors ? { "envoy.filters.http.cors": corsPolicy(exposure.cors) } : {}),
      ...renderRouteChecks(exposure, route),
    }),
  };
}

function perFilterConfig(configs: Record<string, object>): object {
  return Object.keys(configs).length > 0 ? { typed_per_filter_config: configs } : {};
}

function pathMatch({ kind, value }: PathMatch): object {
  if (kind === "exact") return { path: value };
  return kind === "prefix" ? { prefix: value } : { safe_regex: { regex: value } };
}

function methodMatch(methods: readonly HttpMethod[]): object {
  const [only, ...others] = methods;
  const match =
    only !== undefined && others.length === 0
      ? { exact: only }
      : { safe_regex: { regex: `^(${methods.join("|")})$` } };
  return { name: ":method", string_match: match };
}

function corsPolicy(cors: Cors): object {
  return {
    "@type": TYPE_URLS.corsPolicy,
    allow_origin_string_match: cors.allowOrigins.map(({ kind, value }) =>
      kind === "regex" ? { safe_regex: { regex: value } } : { [kind]: value },
    ),
    ...(cors.allowMethods.length > 0 ? { allow_methods: cors.allowMethods.join(",") } : {}),
    ...(cors.allowHeaders.length > 0 ? { allow_headers: cors.allowHeaders.join(",") } : {}),
    ...(cors.exposeHeaders.length > 0 ? { expose_headers: cors.exposeHeaders.join(",") } : {}),
    ...(cors.maxAgeSeconds === undefined ? {} : { max_age: String(cors.maxAgeSeconds) }),
    ...(cors.allowCredentials === undefined ? {} : { allow_credentials: cors.allowCredentials }),
    forward_not_matching_preflights: false,
  };
}

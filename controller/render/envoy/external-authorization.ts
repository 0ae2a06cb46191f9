/**
 * External authorization as istiod renders it: for each authorizer an RBAC filter in shadow mode, which leaves the proof
 * in the dynamic metadata, and an ext_authz filter that asks wherever it does. Here routes say who is asked.
 */

import type { Exposure, ObjectRef, Route } from "../../model/exposure.ts";
import { type ExternalAuthorizer, hostOf, serviceOf } from "../../model/external-authorizer.ts";
import type { Mesh } from "../../model/mesh.ts";
import { endpointOf, refName, renderCluster, type ServicesByName } from "./clusters.ts";
import { type EnvoyResource, TYPE_URLS } from "./resource.ts";

/** Authorizers by the name of their extension provider. */
export type Authorizers = ReadonlyMap<string, ExternalAuthorizer>;

const RBAC = "envoy.filters.http.rbac";
const EXT_AUTHZ = "envoy.filters.http.ext_authz";
const STAT_PREFIX = "istio_ext_authz_";
const POLICY_ID = `${STAT_PREFIX}shadow_effective_policy_id`;
const DEFAULT_TIMEOUT = "600s";

/** The authorizers that routes name, in the order of their names. The model refuses one that is not in the mesh. */
export function authorizersInUse(exposures: readonly Exposure[], mesh: Mesh | undefined): Authorizers {
  const names = exposures.flatMap(({ routes }) => routes.flatMap(({ authorizers = [] }) => authorizers));
  const known = mesh !== undefined && "authorizers" in mesh ? mesh.authorizers : undefined;
  return new Map(
    [...new Set(names)].sort().flatMap((name) => {
      const authorizer = known?.get(name);
      return authorizer === undefined || "problem" in authorizer ? [] : [[name, authorizer]];
    }),
  );
}

/** The HTTP filters by which authorizers are asked, in the order of their names. */
export function renderAuthorizerFilters(authorizers: Authorizers): object[] {
  return [...authorizers].flatMap(([name, authorizer]) => [
    {
      name: shadowFilterName(name),
      typed_config: { "@type": TYPE_URLS.rbac, shadow_rules_stat_prefix: STAT_PREFIX },
    },
    {
      name: `${EXT_AUTHZ}/${name}`,
      typed_config: { "@type": TYPE_URLS.extAuthz, ...extAuthz(name, authorizer) },
    },
  ]);
}

/** The overrides by which a route has its authorizers asked, by filter name. */
export function renderRouteChecks(exposure: Exposure, route: Route): Record<string, object> {
  const passPreflight = exposure.cors !== undefined && route.methods.includes("OPTIONS");
  const permission = passPreflight ? { not_rule: { and_rules: { rules: PREFLIGHT } } } : { any: true };
  return Object.fromEntries(
    (route.authorizers ?? []).map((name) => [
      shadowFilterName(name),
      {
        "@type": TYPE_URLS.rbacPerRoute,
        rbac: {
          shadow_rules: {
            action: "DENY",
            policies: {
              [policyId(name, exposure.apiRule)]: { permissions: [permission], principals: [{ any: true }] },
            },
          },
          shadow_rules_stat_prefix: STAT_PREFIX,
        },
      },
    ]),
  );
}

/** The clusters of authorizers, in the order of their names. */
export function renderAuthorizerClusters(
  authorizers: Authorizers,
  services: ServicesByName,
): EnvoyResource[] {
  return [...authorizers].map(([name, authorizer]) => {
    const ref = serviceOf(authorizer);
    const endpoint =
      ref === undefined
        ? { host: hostOf(authorizer), port: authorizer.port }
        : endpointOf(services.get(refName(ref)), ref, authorizer.port);
    return renderCluster(clusterOf(name), endpoint);
  });
}

function shadowFilterName(authorizer: string): string {
  return `${RBAC}/${authorizer}`;
}

function clusterOf(authorizer: string): string {
  return `authorizer/${authorizer}`;
}

function proof(authorizer: string): string {
  return `istio-ext-authz-${authorizer}-ns[`;
}

function policyId(authorizer: string, { namespace, name }: ObjectRef): string {
  return `${proof(authorizer)}${namespace}]-policy[${name}]`;
}

/** A CORS preflight (Fetch, section 3.3.2). */
const PREFLIGHT = [
  { header: { name: ":method", string_match: { exact: "OPTIONS" } } },
  { header: { name: "origin", present_match: true } },
  { header: { name: "access-control-request-method", present_match: true } },
];

function extAuthz(name: string, authorizer: ExternalAuthorizer): object {
  const { statusOnError, includeRequestBodyInCheck: body } = authorizer;
  const checked = authorizer.includeRequestHeadersInCheck ?? authorizer.includeHeadersInCheck ?? [];
  return {
    transport_api_version: "V3",
    http_service: httpService(name, authorizer),
    ...(statusOnError === undefined ? {} : { status_on_error: { code: Number(statusOnError) } }),
    ...(checked.length > 0 ? { allowed_headers: headerMatchers(checked) } : {}),
    ...(body === undefined ? {} : { with_request_body: requestBody(body) }),
    ...(authorizer.clearRouteCache === true ? { clear_route_cache: true } : {}),
    filter_enabled_metadata: {
      filter: RBAC,
      path: [{ key: POLICY_ID }],
      value: { string_match: { prefix: proof(name) } },
    },
  };
}

function httpService(name: string, authorizer: ExternalAuthorizer): object {
  const added = Object.entries(authorizer.includeAdditionalHeadersInCheck ?? {}).sort(([a], [b]) =>
    a < b ? -1 : 1,
  );
  const answer = {
    allowed_upstream_headers: authorizer.headersToUpstreamOnAllow,
    allowed_client_headers: authorizer.headersToDownstreamOnDeny,
    allowed_client_headers_on_success: authorizer.headersToDownstreamOnAllow,
  };
  const allowed = Object.entries(answer).flatMap(([field, names = []]) =>
    names.length > 0 ? [[field, headerMatchers(names)]] : [],
  );
  return {
    ...(authorizer.pathPrefix ? { path_prefix: authorizer.pathPrefix } : {}),
    server_uri: {
      uri: `http://${hostOf(authorizer)}`,
      cluster: clusterOf(name),
      timeout: authorizer.timeout ?? DEFAULT_TIMEOUT,
    },
    ...(added.length > 0
      ? { authorization_request: { headers_to_add: added.map(([key, value]) => ({ key, value })) } }
      : {}),
    ...(allowed.length > 0 ? { authorization_response: Object.fromEntries(allowed) } : {}),
  };
}

function requestBody(body: NonNullable<ExternalAuthorizer["includeRequestBodyInCheck"]>): object {
  const { maxRequestBytes, allowPartialMessage, packAsBytes } = body;
  return {
    max_request_bytes: maxRequestBytes,
    ...(allowPartialMessage === true ? { allow_partial_message: true } : {}),
    ...(packAsBytes === true ? { pack_as_bytes: true } : {}),
  };
}

/** Names, or with a `*` at one end suffixes and prefixes of names. */
function headerMatchers(names: readonly string[]): object {
  return {
    patterns: names.map((name) => ({
      ...(name.startsWith("*")
        ? { suffix: name.slice(1) }
        : name.endsWith("*")
          ? { prefix: name.slice(0, -1) }
          : { exact: name }),
      ignore_case: true,
    })),
  };
}

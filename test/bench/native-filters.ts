/** Envoy's own filters, shaped as Istio generates them from RequestAuthentication and AuthorizationPolicy. */
import type { HttpFilter } from "./envoy-config.ts";
import { ISSUER, SCOPE, type SigningKey } from "./tokens.ts";

const JWT_FILTER = "envoy.filters.http.jwt_authn";
const PROVIDER = "origins-0";
const PAYLOAD = "payload";

/**
 * jwt_authn with one provider and RBAC with one ALLOW policy: issuer, any subject, one scope.
 * Istio leaves jwt_authn's cache of verified tokens off.
 */
export function nativeFilters(key: SigningKey, options: { cache: boolean }): HttpFilter[] {
  return [jwtAuthn(key, options.cache), rbac()];
}

function jwtAuthn(key: SigningKey, cache: boolean): HttpFilter {
  const provider = {
    issuer: ISSUER,
    local_jwks: { inline_string: JSON.stringify({ keys: [key.jwk] }) },
    forward: true,
    payload_in_metadata: PAYLOAD,
    normalize_payload_in_metadata: { space_delimited_claims: ["scope", "permission"] },
    ...(cache && { jwt_cache_config: { jwt_cache_size: 1_000 } }),
  };
  const requires = { requires_any: { requirements: [{ provider_name: PROVIDER }, { allow_missing: {} }] } };
  return {
    name: JWT_FILTER,
    typed_config: {
      "@type": "type.googleapis.com/envoy.extensions.filters.http.jwt_authn.v3.JwtAuthentication",
      providers: { [PROVIDER]: provider },
      rules: [{ match: { prefix: "/" }, requires }],
      bypass_cors_preflight: true,
    },
  };
}

function rbac(): HttpFilter {
  const conditions = [
    claim("iss", { string_match: { exact: ISSUER } }),
    claim("sub", { string_match: { safe_regex: { regex: ".+" } } }),
    claim("scope", { list_match: { one_of: { string_match: { exact: SCOPE } } } }),
  ];
  const policy = {
    permissions: [{ and_rules: { rules: [{ any: true }] } }],
    principals: [{ and_ids: { ids: conditions.map((id) => ({ or_ids: { ids: [id] } })) } }],
  };
  return {
    name: "envoy.filters.http.rbac",
    typed_config: {
      "@type": "type.googleapis.com/envoy.extensions.filters.http.rbac.v3.RBAC",
      rules: { action: "ALLOW", policies: { "ns[bench]-policy[bench]-rule[0]": policy } },
    },
  };
}

function claim(name: string, value: object): object {
  return { metadata: { filter: JWT_FILTER, path: [{ key: PAYLOAD }, { key: name }], value } };
}

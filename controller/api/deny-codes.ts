/** One way in which the filter refuses a request. */
export interface DenyCode {
  /** Stable name: in response code details, problem bodies and counters. Never renamed, only added. */
  code: string;
  /** HTTP status of the answer. */
  status: 400 | 401 | 403 | 503;
  /** `error` of the challenge (RFC 6750, section 3.1); absent where the request carried no credentials. */
  error?: "invalid_request" | "invalid_token" | "insufficient_scope";
  /** One sentence for the client; says nothing about keys or configuration. */
  detail: string;
}

/** Every refusal, in the order of the numbers that the filter uses (from 1). */
export const DENY_CODES = [
  { code: "token_missing", status: 401, detail: "A bearer token is required." },
  {
    code: "credentials_ambiguous",
    status: 400,
    error: "invalid_request",
    detail: "The request carries more than one credential.",
  },
  { code: "token_too_large", status: 401, error: "invalid_token", detail: "The token is too large." },
  { code: "token_malformed", status: 401, error: "invalid_token", detail: "The token is not well-formed." },
  {
    code: "header_invalid",
    status: 401,
    error: "invalid_token",
    detail: "The protected header is not valid.",
  },
  {
    code: "crit_unsupported",
    status: 401,
    error: "invalid_token",
    detail: "The token demands an extension that is not supported.",
  },
  {
    code: "alg_not_allowed",
    status: 401,
    error: "invalid_token",
    detail: "The signature algorithm is not allowed.",
  },
  { code: "claims_invalid", status: 401, error: "invalid_token", detail: "The claims set is not valid." },
  { code: "issuer_unexpected", status: 401, error: "invalid_token", detail: "The issuer is not accepted." },
  { code: "key_not_found", status: 401, error: "invalid_token", detail: "No key matches the token." },
  {
    code: "signature_mismatch",
    status: 401,
    error: "invalid_token",
    detail: "The signature does not match.",
  },
  { code: "expired", status: 401, error: "invalid_token", detail: "The token has expired." },
  { code: "not_yet_valid", status: 401, error: "invalid_token", detail: "The token is not valid yet." },
  {
    code: "scope_missing",
    status: 403,
    error: "insufficient_scope",
    detail: "The token lacks a required scope.",
  },
  {
    code: "audience_unexpected",
    status: 403,
    error: "insufficient_scope",
    detail: "The token is not meant for this service.",
  },
  { code: "path_ambiguous", status: 400, detail: "The path can be read in more than one way." },
  { code: "policy_unknown", status: 503, detail: "The policy of this route is not loaded." },
  { code: "keys_unavailable", status: 503, detail: "The keys of the issuer are not available." },
  { code: "verifier_unavailable", status: 503, detail: "The signature could not be checked." },
  { code: "token_inactive", status: 401, error: "invalid_token", detail: "The token is not active." },
  { code: "introspection_unavailable", status: 503, detail: "The token could not be introspected." },
  {
    code: "exp_missing",
    status: 401,
    error: "invalid_token",
    detail: "The token never expires, which is not accepted.",
  },
  {
    code: "type_unexpected",
    status: 401,
    error: "invalid_token",
    detail: "The token is of another type.",
  },
  {
    code: "token_bound",
    status: 401,
    error: "invalid_token",
    detail: "The token is bound to a key and is no bearer token.",
  },
  {
    code: "claim_missing",
    status: 403,
    error: "insufficient_scope",
    detail: "The token lacks a required claim.",
  },
  {
    code: "claim_unusable",
    status: 401,
    error: "invalid_token",
    detail: "The token holds a claim that cannot be passed on.",
  },
  {
    code: "external_check_missing",
    status: 503,
    detail: "The external authorizer was not asked.",
  },
] as const satisfies readonly DenyCode[];

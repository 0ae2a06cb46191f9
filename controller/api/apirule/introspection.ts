/** `introspection` of a rule: who says whether a token is good, and what the token must hold. */
import { type Static, Type } from "typebox";
import { LIMITS } from "../limits.ts";
import { Address, DemandedValues } from "./fields.ts";
import { MESSAGES } from "./keywords.ts";
import { TokenPlaces } from "./token-places.ts";

/** Name of a Secret: an RFC 1123 subdomain. */
const SECRET_NAME = "^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$";

/** Longest wait for an answer that a rule can ask for. */
const MAX_TIMEOUT_SECONDS = 30;

const ClientCredentials = Type.Object(
  {
    secretName: Type.String({
      pattern: SECRET_NAME,
      maxLength: 253,
      [MESSAGES]: { pattern: "is not the name of a Secret: it must be a lowercase RFC 1123 subdomain" },
      description:
        "Name of a Secret in the APIRule's namespace, of type `Opaque`, with the keys `client_id` and `client_secret`.",
    }),
  },
  {
    description:
      "Credentials with which the endpoint is called (`client_secret_basic`; RFC 6749, section 2.3.1). They never reach the " +
      "gateway: the controller's relay adds them. Default: the endpoint is called without any.",
  },
);

/** Asks the authorization server about each token (RFC 7662). */
export const IntrospectionSchema = Type.Object(
  {
    endpoint: Address("cannot be called: ", {
      maxLength: 2_048,
      description: "Address of the introspection endpoint, http or https.",
    }),
    clientCredentials: Type.Optional(ClientCredentials),
    ...TokenPlaces("A token that stands elsewhere is not introspected."),
    issuer: Type.Optional(
      Type.String({
        minLength: 1,
        description: "What `iss` of the answer must be, byte for byte. Default: it is not looked at.",
      }),
    ),
    requiredScopes: Type.Optional(
      DemandedValues("scope", {
        description: "Scopes that the token must hold, all of them. Default: none is needed.",
      }),
    ),
    audiences: Type.Optional(
      DemandedValues("audience", {
        description: "Values that `aud` of the answer must hold, all of them. Default: none is needed.",
      }),
    ),
    timeoutSeconds: Type.Optional(
      Type.Integer({
        minimum: 1,
        maximum: MAX_TIMEOUT_SECONDS,
        description:
          "Seconds after which the request is refused with 503 if the endpoint has not answered. Default: 5.",
      }),
    ),
    maxCacheSeconds: Type.Optional(
      Type.Integer({
        minimum: 0,
        maximum: LIMITS.maxIntrospectionCacheSeconds,
        description:
          "Longest time for which an answer is remembered, in seconds: so long a revoked token may still pass. 0: each " +
          "request is a call. Default: 60.",
      }),
    ),
  },
  {
    description:
      "Demands a token that the authorization server calls active, for tokens that the gateway cannot judge by itself " +
      "(opaque ones). Beside `jwt`, JSON Web Tokens of its issuers are judged by `jwt`, and all others by this.",
  },
);

export type RuleIntrospection = Static<typeof IntrospectionSchema>;

/** `jwt` of a rule: whose tokens are accepted, and what they must hold. */
import { Type } from "typebox";
import { ALGORITHM_NAMES } from "../algorithms.ts";
import { LIMITS } from "../limits.ts";
import { Scalar, StringEnum, Strings } from "./fields.ts";
import { TokenPlaces } from "./token-places.ts";

const Authentication = Type.Object(
  {
    issuer: Type.String({
      description: "Compared with the claim `iss` byte for byte. Must be a URI when it holds a colon.",
    }),
    jwksUri: Type.Optional(
      Type.String({
        description:
          "Address of the issuer's JSON Web Key Set (RFC 7517), http or https. Default: the `jwks_uri` that OpenID " +
          "Connect Discovery finds at the issuer, which must be an http or https address then.",
      }),
    ),
    algorithms: Type.Optional(
      Type.Array(StringEnum(ALGORITHM_NAMES), {
        minItems: 1,
        description:
          "Signature algorithms (RFC 7518, RFC 8037) that are accepted. Default: all that Tollgate knows.",
      }),
    ),
    tokenTypes: Type.Optional(
      Strings({
        minItems: 1,
        description:
          "Values that `typ` of the token may have (RFC 8725, section 3.11), in any case and with or without " +
          "`application/`; `at+jwt` for access tokens by RFC 9068. Default: any value or none.",
      }),
    ),
    ...TokenPlaces(
      "A token counts only for those authentications that name its place; different tokens in one request are answered with " +
        "400.",
    ),
  },
  { description: "One issuer whose tokens are accepted." },
);

const ClaimPath = (description: string) =>
  Type.Array(Type.String({ minLength: 1 }), {
    minItems: 1,
    maxItems: LIMITS.maxClaimPathLength,
    description,
  });

const RequiredClaim = Type.Object(
  {
    path: ClaimPath("Names of members from the claims set down, for example `[realm_access, roles]`."),
    values: Type.Array(Scalar, {
      minItems: 1,
      description:
        "Strings, numbers or booleans. The claim must equal one of them, or be an array that holds one; type and value " +
        'count: `"1"` is not `1`.',
    }),
  },
  { description: "One claim." },
);

const ClaimToHeader = Type.Object(
  {
    claim: ClaimPath("Names of members from the claims set down, for example `[sub]`."),
    header: Type.String({
      maxLength: LIMITS.maxHeaderNameCharacters,
      description:
        "Name of the request header. Headers that belong to the connection, to the gateway or to HTTP itself are refused.",
    }),
  },
  { description: "One claim and its header." },
);

const Authorization = Type.Object(
  {
    requiredScopes: Type.Optional(
      Strings({
        description:
          "Scopes that the token must hold, all of them, in the union of the claims `scp`, `scope` and `scopes`; each " +
          "may be an array or a string separated by spaces. They are compared literally. Default: none is needed.",
      }),
    ),
    audiences: Type.Optional(
      Strings({ description: "Values that `aud` must hold, all of them. Default: none is needed." }),
    ),
    requiredClaims: Type.Optional(
      Type.Array(RequiredClaim, {
        minItems: 1,
        description: "Claims that the token must have, all of them. Default: none is needed.",
      }),
    ),
  },
  { description: "One way to be let in. It must demand something." },
);

/** Demands a JSON Web Token. */
export const JwtSchema = Type.Object(
  {
    authentications: Type.Optional(
      Type.Array(Authentication, {
        description: "Accepted issuers; any of them may have issued the token. At least one.",
      }),
    ),
    authorizations: Type.Optional(
      Type.Array(Authorization, {
        description: "What the token must hold; any of them suffices. Default: every valid token is let in.",
      }),
    ),
    claimsToHeaders: Type.Optional(
      Type.Array(ClaimToHeader, {
        description:
          "Request headers that tell the service what the token says: strings, numbers and booleans as they are, arrays of " +
          "them joined by commas; an absent claim sets no header. A token whose claim no header can hold (an object, a " +
          "control character, an element with a comma) is refused. The client's own copies of all headers that any rule of " +
          "the gateway sets so are removed from every exposed request, with `-` and `_` taken as equal. Default: none.",
      }),
    ),
    clockSkewSeconds: Type.Optional(
      Type.Integer({
        minimum: 0,
        maximum: LIMITS.maxClockSkewSeconds,
        description: "Seconds by which `exp` and `nbf` may be off. Default: 60.",
      }),
    ),
    requireExp: Type.Optional(
      Type.Boolean({
        description: "Whether a token without `exp` is refused. Default: it is accepted, and counted.",
      }),
    ),
  },
  {
    description:
      "Demands a valid token. A request without one, or with a bad one, is answered with 401; one that lacks a scope, an " +
      "audience or a claim with 403.",
  },
);

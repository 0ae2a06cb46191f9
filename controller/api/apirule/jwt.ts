/** `jwt` of a rule: whose tokens are accepted, and what they must hold. */
import { Type } from "typebox";
import { ALGORITHM_NAMES } from "../algorithms.ts";
import { LIMITS } from "../limits.ts";
import { Address, DemandedValues, Filled, Scalar, StringEnum, Token } from "./fields.ts";
import { type CelRule, celRules, MESSAGES } from "./keywords.ts";
import { TokenPlaces } from "./token-places.ts";

/** A media type, of which the part before the slash may be left out (RFC 6838, section 4.2). */
const MediaType = Type.String({
  pattern: "^([A-Za-z0-9][\\w!#$&^.+-]*/)?[A-Za-z0-9][\\w!#$&^.+-]*$",
  [MESSAGES]: { pattern: "is not a media type" },
});

const someAuthentication: CelRule = {
  cel: "has(self.authentications)&&size(self.authentications)>0",
  message: "A JWT config must have at least one authentication",
};

const someAuthorization: CelRule<readonly unknown[]> = {
  cel: "size(self)>0",
  message: "authorizations defined, but no configuration exists",
  check: (authorizations) => authorizations.length > 0,
};

const someDemand: CelRule<{ requiredScopes?: unknown; audiences?: unknown; requiredClaims?: unknown }> = {
  cel: "has(self.requiredScopes)||has(self.audiences)||has(self.requiredClaims)",
  message: "authorization is empty",
  check: ({ requiredScopes, audiences, requiredClaims }) =>
    [requiredScopes, audiences, requiredClaims].some((demand) => demand !== undefined),
};

const Authentication = Type.Object(
  {
    issuer: Filled('value is empty or not a valid uri err="" is not a URI', {
      description: "Compared with the claim `iss` byte for byte. Must be a URI when it holds a colon.",
    }),
    jwksUri: Type.Optional(
      Address("value is empty or not a valid uri err=", {
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
      Type.Array(MediaType, {
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
    header: Token("header name", {
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
      DemandedValues("scope", {
        description:
          "Scopes that the token must hold, all of them, in the union of the claims `scp`, `scope` and `scopes`; each " +
          "may be an array or a string separated by spaces. They are compared literally. Default: none is needed.",
      }),
    ),
    audiences: Type.Optional(
      DemandedValues("audience", {
        description: "Values that `aud` must hold, all of them. Default: none is needed.",
      }),
    ),
    requiredClaims: Type.Optional(
      Type.Array(RequiredClaim, {
        minItems: 1,
        description: "Claims that the token must have, all of them. Default: none is needed.",
      }),
    ),
  },
  { ...celRules(someDemand), description: "One way to be let in. It must demand something." },
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
        ...celRules(someAuthorization),
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
    ...celRules(someAuthentication),
    description:
      "Demands a valid token. A request without one, or with a bad one, is answered with 401; one that lacks a scope, an " +
      "audience or a claim with 403.",
  },
);

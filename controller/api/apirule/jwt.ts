/** `jwt` of a rule: whose tokens are accepted, and what they must hold. */
import { Type } from "typebox";
import { ALGORITHM_NAMES } from "../algorithms.ts";
import { LIMITS } from "../limits.ts";
import { StringEnum, Strings } from "./fields.ts";

const FromHeader = Type.Object(
  {
    name: Type.String({ description: "Name of the header." }),
    prefix: Type.Optional(
      Type.String({
        description:
          "Text before the token, with its space; compared byte for byte. Default: none, the whole value is the token.",
      }),
    ),
  },
  { description: "One header that may carry the token." },
);

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
    fromHeaders: Type.Optional(
      Type.Array(FromHeader, {
        description:
          "Headers to take the token from. Any of `fromHeaders`, `fromParams` and `fromCookies` replaces the default, " +
          "which is `Authorization: Bearer`. A token counts only for those authentications that name its place; different " +
          "tokens in one request are answered with 400.",
      }),
    ),
    fromParams: Type.Optional(
      Strings({
        description:
          "Query parameters to take the token from. They are removed from the query before the service gets it. Addresses " +
          "are logged and remembered in many places (RFC 6750, section 5.3): prefer a header.",
      }),
    ),
    fromCookies: Type.Optional(
      Strings({
        description:
          "Cookies to take the token from. A browser sends them with requests that other sites cause: the service must " +
          "protect itself from request forgery.",
      }),
    ),
  },
  { description: "One issuer whose tokens are accepted." },
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
      "Demands a valid token. A request without one, or with a bad one, is answered with 401; one that lacks a scope or " +
      "an audience with 403.",
  },
);

/** `jwt` of a rule: whose tokens are accepted, and what they must hold. */
import { Type } from "typebox";
import { ALGORITHM_NAMES } from "../algorithms.ts";
import { StringEnum, Strings } from "./fields.ts";

const FromHeader = Type.Object(
  {
    name: Type.String({ description: "Name of the header." }),
    prefix: Type.Optional(
      Type.String({ description: "Text before the token, with its space. Default: none." }),
    ),
  },
  { description: "One header that carries the token." },
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
    fromHeaders: Type.Optional(
      Type.Array(FromHeader, {
        description: "Headers to take the token from instead of `Authorization`. Not supported yet: refused.",
      }),
    ),
    fromParams: Type.Optional(
      Strings({ description: "Query parameters to take the token from. Not supported yet: refused." }),
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
  },
  {
    description:
      "Demands a valid token. A request without one, or with a bad one, is answered with 401; one that lacks a scope or " +
      "an audience with 403.",
  },
);

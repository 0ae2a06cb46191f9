/** Where the tokens of a rule may stand in a request. */
import { Type } from "typebox";
import { LIMITS } from "../limits.ts";
import { Token } from "./fields.ts";

const FromHeader = Type.Object(
  {
    name: Token("header name", {
      maxLength: LIMITS.maxHeaderNameCharacters,
      description: "Name of the header.",
    }),
    prefix: Type.Optional(
      Type.String({
        description:
          "Text before the token, with its space; compared byte for byte. Default: none, the whole value is the token.",
      }),
    ),
  },
  { description: "One header that may carry the token." },
);

/** Members that name places; `meaning` says what a place that is named stands for. */
export function TokenPlaces(meaning: string) {
  return {
    fromHeaders: Type.Optional(
      Type.Array(FromHeader, {
        description:
          "Headers to take the token from. Any of `fromHeaders`, `fromParams` and `fromCookies` replaces the default, " +
          `which is \`Authorization: Bearer\`. ${meaning}`,
      }),
    ),
    fromParams: Type.Optional(
      Type.Array(Type.String({ minLength: 1 }), {
        description:
          "Query parameters to take the token from. They are removed from the query before the service gets it. Addresses " +
          "are logged and remembered in many places (RFC 6750, section 5.3): prefer a header.",
      }),
    ),
    fromCookies: Type.Optional(
      Type.Array(Token("cookie name"), {
        description:
          "Cookies to take the token from. A browser sends them with requests that other sites cause: the service must " +
          "protect itself from request forgery.",
      }),
    ),
  };
}

/** `spec.corsPolicy` of an APIRule. */
import { type TSchemaOptions, Type } from "typebox";
import { Token } from "./fields.ts";

const StringMatch = Type.Object(
  {
    exact: Type.Optional(
      Type.String({ minLength: 1, description: "The whole origin, for example `https://app.example.com`." }),
    ),
    prefix: Type.Optional(Type.String({ minLength: 1, description: "What the origin starts with." })),
    regex: Type.Optional(
      Type.String({
        minLength: 1,
        description: "Regular expression (RE2) for the whole origin. One that is not valid is refused.",
      }),
    ),
  },
  { minProperties: 1, description: "One origin. Several members are several origins." },
);

/** Longest duration that Envoy's configuration can hold (google.protobuf.Duration). */
const MAX_AGE_SECONDS = 315_576_000_000;

/** A list of names, each one by itself. */
function Names(options: TSchemaOptions) {
  return Type.Array(Token("name"), options);
}

/** How the gateway answers cross-origin requests. */
export const CorsPolicySchema = Type.Object(
  {
    allowHeaders: Type.Optional(
      Names({ description: "Request headers that a script may send. Default: none." }),
    ),
    allowMethods: Type.Optional(Names({ description: "Methods that a script may use. Default: none." })),
    allowOrigins: Type.Optional(
      Type.Array(StringMatch, {
        description:
          "Origins that may call; any match suffices. Without it the whole `corsPolicy` has no effect, which a " +
          "warning says.",
      }),
    ),
    allowCredentials: Type.Optional(
      Type.Boolean({ description: "Whether cookies and `Authorization` may be sent. Default: false." }),
    ),
    exposeHeaders: Type.Optional(
      Names({ description: "Response headers that a script may read. Default: none." }),
    ),
    maxAge: Type.Optional(
      Type.Integer({
        minimum: 1,
        maximum: MAX_AGE_SECONDS,
        format: "int64",
        description:
          "Seconds for which a browser may keep the answer to a preflight. Default: the browser's own.",
      }),
    ),
  },
  {
    description:
      "Cross-origin resource sharing, answered by the gateway. Default: none, and the CORS headers of the upstream are " +
      "removed in either case. A preflight reaches a rule only if the rule lists the method OPTIONS.",
  },
);

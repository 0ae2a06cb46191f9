/** `spec.rules[]` of an APIRule. */
import { type Static, Type } from "typebox";
import { StringEnum, StringMap, Strings, TOKEN_PATTERN } from "./fields.ts";
import { CONNECTION_HEADERS, GATEWAY_HEADERS } from "./header-names.ts";
import { IntrospectionSchema } from "./introspection.ts";
import { JwtSchema } from "./jwt.ts";
import { type CelRule, celRules, MESSAGES } from "./keywords.ts";
import { ServiceSchema } from "./service.ts";

/** Every method that a rule can list. */
const HTTP_METHODS = [
  "GET",
  "HEAD",
  "POST",
  "PUT",
  "DELETE",
  "CONNECT",
  "OPTIONS",
  "TRACE",
  "PATCH",
] as const;

/** A path with its operators `{*}` and `{**}`, or `/*`. */
const PATH_PATTERN = "^((\\/([A-Za-z0-9-._~!$&'()+,;=:@]|%[0-9a-fA-F]{2})*)|(\\/\\{\\*{1,2}\\}))+$|^\\/\\*$";

const oneRest: CelRule<string> = {
  cel: "!self.matches(r'\\{\\*\\*\\}.*\\{\\*\\*\\}')",
  message: "Only one {**} operator is allowed in the path.",
  check: (path) => !/\{\*\*\}.*\{\*\*\}/.test(path),
};

const restIsLast: CelRule<string> = {
  cel: "!self.matches(r'\\{\\*\\*\\}.*\\{\\*\\}')",
  message: "The {**} operator must be the last operator in the path.",
  check: (path) => !/\{\*\*\}.*\{\*\}/.test(path),
};

interface AccessStrategies {
  noAuth?: boolean;
  jwt?: unknown;
  introspection?: unknown;
  extAuth?: unknown;
  mode?: string;
}

const oneAccessStrategy: CelRule<AccessStrategies> = {
  cel:
    "(has(self.introspection)&&!has(self.jwt))||" +
    "((has(self.extAuth)?1:0)+(has(self.jwt)?1:0)+((has(self.noAuth)&&self.noAuth==true)?1:0))==1",
  message: "One of the following fields must be set: noAuth, jwt, extAuth",
  check: ({ noAuth, jwt, introspection, extAuth }) =>
    (introspection != null && jwt == null) ||
    [extAuth, jwt, noAuth || undefined].filter((strategy) => strategy != null).length === 1,
};

const introspectionStandsByJwt: CelRule<AccessStrategies> = {
  cel: "!has(self.introspection)||!(has(self.extAuth)||(has(self.noAuth)&&self.noAuth==true))",
  message: "introspection may stand alone or beside jwt, but not beside noAuth or extAuth",
  check: ({ noAuth, introspection, extAuth }) =>
    introspection == null || !(extAuth != null || noAuth === true),
};

const shadowJudgesTokens: CelRule<AccessStrategies> = {
  cel: "!has(self.mode)||self.mode!='shadow'||has(self.jwt)||has(self.introspection)",
  message: "mode must not be shadow without jwt or introspection",
  check: ({ mode, jwt, introspection }) => mode !== "shadow" || jwt != null || introspection != null,
};

const ExtAuth = Type.Object(
  {
    authorizers: Strings({
      minItems: 1,
      description:
        "Names of `extensionProviders` with `envoyExtAuthzHttp` in Istio's mesh configuration. They are asked in the " +
        "order of their names, and all of them must allow the request; what one that refuses answers goes to the client.",
    }),
    restrictions: Type.Optional(JwtSchema),
  },
  {
    description:
      "Asks external authorizers, such as oauth2-proxy, about every request but CORS preflights. A request that they were " +
      "not asked about is answered with 503.",
  },
);

/** Envoy takes a thousand headers a route. */
const MAX_MEMBERS = 100;

const namesAreTokens = (kind: string): CelRule => ({
  cel: `self.all(name,name.matches(r"${TOKEN_PATTERN}"))`,
  message: `the name of each member must be a valid ${kind} name`,
});

const namesAreFree: CelRule = {
  cel: `self.all(name,!(name.lowerAscii() in ${JSON.stringify([...CONNECTION_HEADERS, ...GATEWAY_HEADERS])}))`,
  message: "headers that belong to the connection, or that the gateway sets, cannot be set",
};

const cookiesStandAlone: CelRule = {
  cel: "!has(self.headers)||!has(self.cookies)||!self.headers.exists(name,name.lowerAscii()=='cookie')",
  message: "request.headers sets the header cookie too",
};

const RequestMutation = Type.Object(
  {
    headers: Type.Optional(
      StringMap({
        maxProperties: MAX_MEMBERS,
        ...celRules(namesAreTokens("header"), namesAreFree),
        description:
          "Request headers to set, by name; they overwrite what the client sent, and an empty value removes it. A value " +
          "may hold command operators of Envoy such as `%REQ(x-id)%`; write `%%` for a percent sign. A header that reads " +
          "itself keeps what the client sent. Names that belong to the connection or to the gateway are refused.",
      }),
    ),
    cookies: Type.Optional(
      StringMap({
        maxProperties: MAX_MEMBERS,
        ...celRules(namesAreTokens("cookie")),
        description:
          "Cookies to send, by name, before the client's own; those of the client with the same name are removed. " +
          "A value may hold command operators of Envoy, as in `headers`; a client that puts a semicolon into a header " +
          "which is read so sends further cookies.",
      }),
    ),
  },
  {
    ...celRules(cookiesStandAlone),
    description: "What to change in the request before the service gets it. Default: nothing.",
  },
);

/** Seconds until the gateway gives up on the service. */
export function Timeout(scope: string) {
  return Type.Integer({
    minimum: 1,
    maximum: 3_900,
    description: `Seconds after which the gateway stops waiting for the service and answers 504. ${scope}`,
  });
}

/** One rule: what it matches, who may pass, where it goes. */
export const RuleSchema = Type.Object(
  {
    path: Type.String({
      maxLength: 2_048,
      pattern: PATH_PATTERN,
      ...celRules(oneRest, restIsLast),
      [MESSAGES]: {
        pattern:
          "is not a path: it must start with a slash, {*} and {**} must be whole segments, /* must stand alone, and other " +
          "characters than A-Z a-z 0-9 - . _ ~ ! $ & ' ( ) + , ; = : @ must be percent-encoded",
      },
      description:
        "Path that the rule matches as a whole, without the query. `{*}` stands for one segment that is not empty, " +
        "`{**}` for the rest of any length (at most once, and the last operator), `/*` alone for every path. Everything " +
        "else is literal.",
    }),
    methods: Type.Array(StringEnum(HTTP_METHODS), {
      minItems: 1,
      description:
        "Methods that the rule matches. A path with a method that no rule lists is answered with 404.",
    }),
    service: Type.Optional(ServiceSchema),
    timeout: Type.Optional(Timeout("Default: `spec.timeout`.")),
    noAuth: Type.Optional(
      Type.Boolean({
        description: "Lets everyone in; a token is not looked at. `false` is the same as leaving it out.",
      }),
    ),
    jwt: Type.Optional(JwtSchema),
    introspection: Type.Optional(IntrospectionSchema),
    extAuth: Type.Optional(ExtAuth),
    mode: Type.Optional(
      StringEnum(["enforce", "shadow"], {
        description:
          "`shadow` judges and counts, but lets every request through, so the rule protects nothing; its paths must " +
          "still be unambiguous where another rule of the APIRule is stricter. Default: `enforce`.",
      }),
    ),
    request: Type.Optional(RequestMutation),
  },
  {
    ...celRules(oneAccessStrategy, introspectionStandsByJwt, shadowJudgesTokens),
    description:
      "One rule. Exactly one of `noAuth: true`, `extAuth`, and `jwt`, `introspection` or both says who may pass.",
  },
);

export type Rule = Static<typeof RuleSchema>;

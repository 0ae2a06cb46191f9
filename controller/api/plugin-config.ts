/**
 * The contract between controller and filter: the document in `pluginConfig`. The TypeBox schema below is the
 * JSON Schema; `parsePluginConfig` adds what a schema cannot say (references, duplicates). The filter decodes
 * the same document and judges every fixture of test/contract alike.
 */
import { type Static, Type } from "typebox";
import { Compile } from "typebox/compile";
import { ALGORITHM_NAMES, type Algorithm } from "./algorithms.ts";
import { LIMITS } from "./limits.ts";

/** The version of the document. The filter refuses every other one and keeps what it has. */
export const CONTRACT_VERSION = 1;

/** Hexadecimal digits of an id: 96 bits of SHA-256 over the content that the id names. */
export const ID_LENGTH = 24;

/** Hexadecimal digits of `revision`: 52 bits, so that the gauge is exact as a double. */
export const REVISION_LENGTH = 13;

const closed = { additionalProperties: false };
const Visible = Type.String({ pattern: "^[\\x21-\\x7e]+$" });
const Id = Type.String({ pattern: `^[0-9a-f]{${ID_LENGTH}}$` });
const NonEmpty = Type.String({ minLength: 1 });
const AlgorithmName = Type.Unsafe<Algorithm>(Type.Union(ALGORITHM_NAMES.map((name) => Type.Literal(name))));
const Algorithms = Type.Array(AlgorithmName, {
  minItems: 1,
  description: "Algorithms the key or provider allows.",
});

const Key = Type.Object(
  {
    kid: Type.Optional(Type.String({ description: "Key id; absent where the JWK has none." })),
    algorithms: Algorithms,
    spki: Type.String({
      pattern: "^[A-Za-z0-9_-]+$",
      maxLength: LIMITS.maxSpkiCharacters,
      description:
        "Public key as SubjectPublicKeyInfo DER (RFC 5280, section 4.1.2.7), base64url without padding. " +
        "Bytes that are no key are accepted here and verify nothing.",
    }),
  },
  closed,
);

const KeySet = Type.Object(
  { id: Id, keys: Type.Array(Key, { description: "Empty while the keys have never been fetched." }) },
  closed,
);

const HeaderName = Type.String({
  pattern: "^[a-z0-9!#$%&'*+.^_`|~-]+$",
  maxLength: LIMITS.maxHeaderNameCharacters,
  description: "Field name in lower case (RFC 9110, section 5.1).",
});

/** Where a token may stand in a request. */
const Place = Type.Union([
  Type.Object(
    {
      kind: Type.Literal("header"),
      name: HeaderName,
      prefix: Type.Optional(
        Type.String({ minLength: 1, description: "Compared byte for byte; the token follows at once." }),
      ),
    },
    closed,
  ),
  Type.Object(
    {
      kind: Type.Literal("param"),
      name: Type.String({ minLength: 1, description: "As it is once it is decoded." }),
    },
    closed,
  ),
  Type.Object({ kind: Type.Literal("cookie"), name: NonEmpty }, closed),
]);

const Places = Type.Optional(
  Type.Array(Place, {
    minItems: 1,
    description: "Where the tokens may stand; absent: `Authorization: Bearer`.",
  }),
);

const Provider = Type.Object(
  {
    id: Id,
    issuer: Type.String({ minLength: 1, description: "Compared with `iss` byte for byte." }),
    keySet: Id,
    algorithms: Algorithms,
    places: Places,
    tokenTypes: Type.Optional(
      Type.Array(Type.String({ pattern: "^[!-@\\[-~]+$" }), {
        minItems: 1,
        description: "Allowed `typ`, in lower case and without `application/`; absent: any or none.",
      }),
    ),
  },
  closed,
);

const ClaimPath = Type.Array(NonEmpty, {
  minItems: 1,
  maxItems: LIMITS.maxClaimPathLength,
  description: "Names of members, from the claims set down.",
});

const RequiredClaim = Type.Object(
  {
    path: ClaimPath,
    values: Type.Array(Type.Union([Type.String(), Type.Number(), Type.Boolean()]), {
      minItems: 1,
      description: "The claim must equal one of them, or be an array that holds one.",
    }),
  },
  closed,
);

const ClaimToHeader = Type.Object({ path: ClaimPath, header: HeaderName }, closed);

const ClockSkewSeconds = Type.Integer({ minimum: 0, maximum: LIMITS.maxClockSkewSeconds });

const Authorization = Type.Object(
  {
    scopes: Type.Array(NonEmpty, { description: "All of them must be in the token." }),
    audiences: Type.Array(NonEmpty, { description: "All of them must be in `aud`." }),
    claims: Type.Optional(Type.Array(RequiredClaim, { description: "All of them must be in the token." })),
  },
  closed,
);

const IntrospectionServer = Type.Object(
  {
    id: Id,
    cluster: Type.String({ ...Visible, description: "Envoy's cluster that is called." }),
    authority: Type.String({ ...Visible, description: "`:authority` of the call." }),
    path: Type.String({ pattern: "^/[\\x21-\\x7e]*$", description: "`:path` of the call." }),
    timeoutMs: Type.Integer({ minimum: 1, maximum: LIMITS.maxIntrospectionTimeoutMs }),
    maxCacheSeconds: Type.Integer({
      minimum: 0,
      maximum: LIMITS.maxIntrospectionCacheSeconds,
      description: "How long an active token is remembered at most; 0: not at all.",
    }),
    issuer: Type.Optional(
      Type.String({ minLength: 1, description: "What `iss` of the answer must be; absent: anything." }),
    ),
  },
  { ...closed, description: "Introspection endpoint (RFC 7662)." },
);

const Introspection = Type.Object(
  {
    server: Id,
    places: Places,
    authorizations: Type.Array(Authorization, {
      description: "Any of them suffices; empty: every active token.",
    }),
  },
  { ...closed, description: "How tokens are judged that are no JWT of one of the providers." },
);

const AllowedOrigin = Type.Object(
  {
    kind: Type.Union([Type.Literal("exact"), Type.Literal("prefix"), Type.Literal("regex")]),
    value: Type.String({ minLength: 1, description: "A `regex` (RE2) matches the whole origin." }),
  },
  closed,
);

const CorsPolicy = Type.Object(
  {
    id: Id,
    allowOrigins: Type.Array(AllowedOrigin, {
      minItems: 1,
      description: "Any of them suffices. What matches `*` matches every origin.",
    }),
    allowCredentials: Type.Optional(Type.Boolean()),
    exposeHeaders: Type.Optional(Type.Array(Visible)),
  },
  { ...closed, description: "Which pages may read a refusal (Fetch, section 3.3)." },
);

const cors = Type.Optional(Id);

const refuseAmbiguousPath = Type.Optional(
  Type.Boolean({ description: "Refuse a path that a workload may read differently from the router." }),
);

const passCorsPreflight = Type.Optional(
  Type.Boolean({
    description: "Let a CORS preflight through unchecked; the CORS filter answers it.",
  }),
);

const externalProof = Type.Optional(
  Type.String({
    minLength: 1,
    description:
      "How the id of the AuthorizationPolicy begins by which an external authorizer was asked before the filter; " +
      "a request without it is refused.",
  }),
);

const setCookies = Type.Optional(
  Type.Array(Visible, {
    minItems: 1,
    description:
      "Names of cookies that the route sets. The client's own are removed, and a separator is put before what is left, " +
      "so that the route can write its cookies and append the rest.",
  }),
);

const demandsOfAnyPolicy = {
  passCorsPreflight,
  externalProof,
  setCookies,
  refuseAmbiguousPath,
  cors,
};

const OpenPolicy = Type.Object({ id: Id, kind: Type.Literal("open"), ...demandsOfAnyPolicy }, closed);

const JwtPolicy = Type.Object(
  {
    id: Id,
    kind: Type.Literal("jwt"),
    providers: Type.Array(Id, {
      description: "Any of them may have issued the token; empty only beside `introspection`.",
    }),
    authorizations: Type.Array(Authorization, {
      description: "Any of them suffices; empty: every verified token.",
    }),
    ...demandsOfAnyPolicy,
    clockSkewSeconds: Type.Optional(ClockSkewSeconds),
    requireExp: Type.Optional(Type.Boolean({ description: "Refuse a token without `exp`." })),
    claimsToHeaders: Type.Optional(
      Type.Array(ClaimToHeader, {
        description:
          "Request headers to set from the token. Every route loses the client's own copies of them.",
      }),
    ),
    shadow: Type.Optional(
      Type.Boolean({
        description: "Judge and count, but refuse nothing except a path that may be read differently.",
      }),
    ),
    introspection: Type.Optional(Introspection),
  },
  closed,
);

/** JSON Schema of the document. */
export const PluginConfigSchema = Type.Object(
  {
    version: Type.Literal(CONTRACT_VERSION),
    revision: Type.String({
      pattern: `^[0-9a-f]{${REVISION_LENGTH}}$`,
      description: "Names this content; the gauge `config.revision` shows it.",
    }),
    clockSkewSeconds: ClockSkewSeconds,
    keySets: Type.Array(KeySet),
    providers: Type.Array(Provider),
    introspectionServers: Type.Optional(Type.Array(IntrospectionServer)),
    corsPolicies: Type.Optional(Type.Array(CorsPolicy)),
    policies: Type.Array(Type.Union([OpenPolicy, JwtPolicy])),
  },
  closed,
);

export type PluginConfig = Static<typeof PluginConfigSchema>;
export type PluginKey = Static<typeof Key>;
export type PluginCorsPolicy = Static<typeof CorsPolicy>;
export type PluginPolicy = PluginConfig["policies"][number];
type PluginJwtPolicy = Static<typeof JwtPolicy>;
export type PluginIntrospectionServer = Static<typeof IntrospectionServer>;

/** Why a document is refused: where (a JSON Pointer) and what is wrong. */
export interface ConfigProblem {
  path: string;
  message: string;
}

const compiled = Compile(PluginConfigSchema);

/** Judges a document as the filter does. An empty list means that it is accepted. */
export function checkPluginConfig(document: unknown): ConfigProblem[] {
  if (!compiled.Check(document)) {
    return compiled
      .Errors(document)
      .map((error) => ({ path: error.instancePath || "/", message: error.message }));
  }
  return [...checkStrings(document, ""), ...checkKeys(document), ...checkReferences(document)];
}

function checkStrings(value: unknown, path: string): ConfigProblem[] {
  if (typeof value === "string") {
    return value.isWellFormed() ? [] : [{ path, message: "must be valid Unicode" }];
  }
  if (typeof value !== "object" || value === null) return [];
  return Object.entries(value).flatMap(([name, member]) => checkStrings(member, `${path}/${name}`));
}

/** A canonical base64url text (RFC 4648, section 3.5) is the only one for its bytes. */
function checkKeys(config: PluginConfig): ConfigProblem[] {
  return config.keySets.flatMap(({ keys }, index) =>
    keys.flatMap(({ spki }, at) =>
      Buffer.from(spki, "base64url").toString("base64url") === spki
        ? []
        : [{ path: `/keySets/${index}/keys/${at}/spki`, message: "must be canonical base64url" }],
    ),
  );
}

function checkReferences(config: PluginConfig): ConfigProblem[] {
  const problems: ConfigProblem[] = [];
  const collectIds = (
    table: "keySets" | "providers" | "introspectionServers" | "corsPolicies" | "policies",
  ): Set<string> => {
    const ids = new Set<string>();
    for (const [index, { id }] of (config[table] ?? []).entries()) {
      if (ids.has(id)) problems.push({ path: `/${table}/${index}/id`, message: "must be unique" });
      ids.add(id);
    }
    return ids;
  };
  const keySets = collectIds("keySets");
  const providers = collectIds("providers");
  const servers = collectIds("introspectionServers");
  const corsPolicies = collectIds("corsPolicies");
  collectIds("policies");
  for (const [index, provider] of config.providers.entries()) {
    if (!keySets.has(provider.keySet)) {
      problems.push({ path: `/providers/${index}/keySet`, message: "must name a key set" });
    }
  }
  for (const [index, policy] of config.policies.entries()) {
    const path = `/policies/${index}`;
    if (policy.cors !== undefined && !corsPolicies.has(policy.cors)) {
      problems.push({ path: `${path}/cors`, message: "must name a CORS policy" });
    }
    if (policy.kind !== "jwt") continue;
    for (const [at, id] of policy.providers.entries()) {
      if (!providers.has(id)) {
        problems.push({ path: `${path}/providers/${at}`, message: "must name a provider" });
      }
    }
    if (countPlaces(config, policy) > LIMITS.maxTokenPlaces) {
      problems.push({ path: `${path}/providers`, message: "must not have so many token places" });
    }
    if (policy.introspection === undefined) {
      if (policy.providers.length === 0)
        problems.push({ path: `${path}/providers`, message: "must not be empty without introspection" });
    } else if (!servers.has(policy.introspection.server)) {
      problems.push({ path: `${path}/introspection/server`, message: "must name an introspection server" });
    }
  }
  return problems;
}

/** Different places where the tokens of a policy may stand. */
function countPlaces({ providers }: PluginConfig, policy: PluginJwtPolicy): number {
  const named = new Set(policy.providers);
  const sources = [
    ...providers.filter(({ id }) => named.has(id)),
    ...(policy.introspection ? [policy.introspection] : []),
  ];
  const places = sources.flatMap((source) => source.places ?? [null]);
  return new Set(
    places.map((place) =>
      JSON.stringify(place && Object.entries(place).sort(([a], [b]) => (a < b ? -1 : 1))),
    ),
  ).size;
}

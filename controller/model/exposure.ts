/**
 * The model: what an APIRule exposes, free of Kubernetes, Istio and Envoy shapes. Everything here is plain data,
 * sorted and byte-stable, so that two equal inputs give two equal outputs.
 */
import type { Algorithm } from "../api/algorithms.ts";

/** Names one namespaced object. */
export interface ObjectRef {
  namespace: string;
  name: string;
}

/** An HTTP method that an APIRule can list. */
export type HttpMethod =
  | "GET"
  | "HEAD"
  | "POST"
  | "PUT"
  | "DELETE"
  | "CONNECT"
  | "OPTIONS"
  | "TRACE"
  | "PATCH";

/** One APIRule, ready to be rendered. */
export interface Exposure {
  apiRule: ObjectRef;
  gateway: ObjectRef;
  /** Fully qualified or wildcard host names, short ones completed from the Gateway. */
  hosts: string[];
  /** In the order of the rules: the first that matches path and method decides alone. */
  routes: Route[];
  /** Absent: the gateway adds no CORS headers. Those of the upstream are removed in either case. */
  cors?: Cors;
  /** Sorted by authorizer; absent where no rule asks one. */
  externalChecks?: ExternalCheck[];
  /** Workloads that only the gateways may call; absent where none is guarded so. */
  guardedWorkloads?: GuardedWorkload[];
}

/** An external authorizer, and what it is asked about. */
export interface ExternalCheck {
  /** Name of an extension provider of the mesh. */
  authorizer: string;
  /** Any of these. */
  requests: {
    methods: HttpMethod[];
    /** Exact, with a trailing `*`, or templates with `{*}` and `{**}`; any of them. */
    paths: string[];
    /** Paths that an earlier rule takes for these methods. */
    notPaths: string[];
    /** Whether CORS preflights are not asked about. */
    passPreflight: boolean;
  }[];
}

/** The pods of a namespace with all of these labels. */
export type GuardedWorkload = {
  namespace: string;
  selector: Record<string, string>;
};

/** One rule of an APIRule. */
export interface Route {
  /** `tollgate/<policy id>/<namespace>/<apirule>/<rule index>`: the filter finds the policy by it. */
  name: string;
  path: PathMatch;
  methods: HttpMethod[];
  /** Id of the policy in the `PolicySet`. */
  policy: string;
  destination: { service: ObjectRef; port: number };
  timeoutSeconds: number;
  /** Extension providers that must all allow the request, sorted; absent where none is asked. */
  authorizers?: string[];
  /** Request headers to set, overwriting the client's, sorted by name. Values may hold Envoy command operators. */
  requestHeaders: { name: string; value: string }[];
}

/** How a path is matched; `regex` matches the whole path (RE2 syntax, literals escaped). */
export type PathMatch = { kind: "exact" | "prefix" | "regex"; value: string };

/** CORS as the gateway answers it. */
export interface Cors {
  allowOrigins: { kind: "exact" | "prefix" | "regex"; value: string }[];
  allowMethods: string[];
  allowHeaders: string[];
  exposeHeaders: string[];
  allowCredentials?: boolean;
  maxAgeSeconds?: number;
}

/** Who may call, named by the hash of its content. */
export type Policy = OpenPolicy | JwtPolicy;

interface OpenPolicy {
  id: string;
  kind: "open";
  /** As in `JwtPolicy`. */
  passCorsPreflight?: boolean;
  /** As in `JwtPolicy`. */
  externalProof?: string;
  /** As in `JwtPolicy`. */
  setCookies?: string[];
  refuseAmbiguousPath: boolean;
  /** As in `JwtPolicy`. */
  cors?: string;
}

export interface JwtPolicy extends TokenRules {
  id: string;
  kind: "jwt";
  /** Ids of providers, sorted; any of them may have issued the token. Empty only where there is `introspection`. */
  providers: string[];
  /** Any of them suffices; empty means that every verified token does. */
  authorizations: Authorization[];
  /** How tokens are judged that are no JWT of one of the providers; absent: they are refused. */
  introspection?: {
    /** Id of an introspection server. */
    server: string;
    /** As those of a provider. */
    places?: TokenPlace[];
    /** Any of them suffices; empty means that every active token does. */
    authorizations: Authorization[];
  };
  passCorsPreflight: boolean;
  /** How the id of the AuthorizationPolicy begins by which an external authorizer was asked; absent: none is. */
  externalProof?: string;
  /** Names of cookies that its routes set, sorted; absent where they set none. */
  setCookies?: string[];
  refuseAmbiguousPath: boolean;
  /** Judge and count, but refuse nothing. */
  shadow?: boolean;
  /** Id of the CORS policy of its refusals; absent where they carry no CORS headers. */
  cors?: string;
}

/** What a policy demands of every token beside its scopes and audiences; each is absent where it is the default. */
export type TokenRules = {
  /** Seconds by which `exp` and `nbf` may be off. */
  clockSkewSeconds?: number;
  requireExp?: boolean;
  /** Request headers that are set from claims, sorted; names are in lower case. */
  claimsToHeaders?: { path: string[]; header: string }[];
};

/** What a token must hold, all of it. */
export type Authorization = {
  scopes: string[];
  audiences: string[];
  /** Absent where none is required. */
  claims?: { path: string[]; values: (string | number | boolean)[] }[];
};

/** What of CORS concerns an answer that is no preflight's. */
export type CorsAnswer = Pick<Cors, "allowOrigins" | "exposeHeaders" | "allowCredentials">;

/** Which pages may read a refusal, named by the hash of its content. */
export type CorsPolicy = CorsAnswer & { id: string };

/** An issuer with its key source, named by the hash of its content. */
export interface Provider {
  id: string;
  issuer: string;
  keySource: string;
  algorithms: Algorithm[];
  /** Where its tokens may stand, sorted; absent: `Authorization: Bearer`. */
  places?: TokenPlace[];
  /** Allowed `typ`, in lower case and without `application/`, sorted; absent: any or none. */
  tokenTypes?: string[];
}

/** Where a token may stand in a request. Header names are in lower case. */
export type TokenPlace =
  | { kind: "header"; name: string; prefix?: string }
  | { kind: "param"; name: string }
  | { kind: "cookie"; name: string };

/** Where keys come from: a JWKS address, or discovery at the issuer (OpenID Connect Discovery 1.0, section 4). */
export type KeySource =
  | { id: string; kind: "jwks"; jwksUri: string }
  | { id: string; kind: "discovery"; issuer: string };

/** An introspection endpoint (RFC 7662) and how it is called, named by the hash of its content. */
export type IntrospectionServer = {
  id: string;
  endpoint: string;
  /** Secret with the credentials of the client; absent: the endpoint is called without any. */
  clientCredentials?: { namespace: string; name: string };
  /** What `iss` of its answers must be; absent: anything. */
  issuer?: string;
  timeoutSeconds: number;
  maxCacheSeconds: number;
};

/** Policies with all that they name; each list is sorted by id and free of duplicates. */
export interface PolicySet {
  policies: Policy[];
  providers: Provider[];
  keySources: KeySource[];
  /** Absent where no policy names one. */
  introspectionServers?: IntrospectionServer[];
  /** Absent where no policy names one. */
  corsPolicies?: CorsPolicy[];
}

/** What is wrong with one APIRule, or worth knowing about it. */
export interface Problem {
  /** Attribute path as in `.spec.rules[0].path`. */
  path: string;
  message: string;
}

/** The result for one APIRule: an exposure, or problems that keep it from being applied. */
export interface ApiRuleResult {
  apiRule: ObjectRef;
  /** Absent when there are problems. */
  exposure?: Exposure;
  problems: Problem[];
  warnings: Problem[];
}

/** The whole result: per APIRule, sorted by namespace and name, and the policies that the exposures name. */
export interface Translation {
  results: ApiRuleResult[];
  policySet: PolicySet;
}

/** Turns what the rules of one APIRule demand into policies that are named by their content. */
import { isDeepStrictEqual } from "node:util";
import type { Algorithm } from "../api/algorithms.ts";
import { proofOf } from "./authorizers.ts";
import type {
  Authorization,
  CorsAnswer,
  CorsPolicy,
  IntrospectionServer,
  JwtPolicy,
  KeySource,
  Policy,
  PolicySet,
  Provider,
  TokenPlace,
  TokenRules,
} from "./exposure.ts";
import { canonicalJson, contentId } from "./ids.ts";
import { mergePolicySets } from "./policy-set.ts";

/** An issuer with its key source written out. */
export type ProviderContent = {
  issuer: string;
  keySource: { kind: "jwks"; jwksUri: string } | { kind: "discovery"; issuer: string };
  algorithms: Algorithm[];
} & Pick<Provider, "places" | "tokenTypes">;

/** A demand for a token that an authorization server calls active. */
export type IntrospectionContent = {
  server: Omit<IntrospectionServer, "id">;
  places?: TokenPlace[];
  authorizations: Authorization[];
};

/** A demand for a token, in normal form. */
export type JwtContent = {
  kind: "jwt";
  providers: ProviderContent[];
  authorizations: Authorization[];
  introspection?: IntrospectionContent;
  /** Judge and count, but refuse nothing. */
  shadow?: true;
} & TokenRules;

/** Who may pass, with everything that it names written out. */
export type AccessContent = { kind: "open" } | JwtContent;

/** What one rule demands. */
export interface RuleAccess {
  access: AccessContent;
  /** External authorizers that must allow the request as well, sorted. */
  authorizers: readonly string[];
  /** Names of cookies that the rule sets, sorted; absent where it sets none. */
  setCookies?: string[];
  passCorsPreflight: boolean;
  /** What pages may read refusals; absent where none may. */
  cors?: CorsAnswer;
  /** Whether the rule matches a single path, which nobody can spell in another way. */
  matchesOnePath: boolean;
}

/** A policy as a set with all that it names. */
interface NamedPolicy {
  policyId: string;
  set: PolicySet;
}

/** Names policies. Equal content gives the same object each time, so that thousands of equal policies cost one hash. */
export class PolicyBook {
  readonly #byContent = new Map<string, NamedPolicy>();
  readonly #byId = new Map<string, NamedPolicy>();
  /** What policies name, by id: one object for all that name it. */
  readonly #named = new Map<string, { id: string }>();

  /** The ids of the policies of one APIRule, in the order of its rules. */
  policiesOf(rules: readonly RuleAccess[]): string[] {
    const keyed = rules.map((rule) => ({ rule, key: contentOf(rule) }));
    const distinct = new Map(keyed.map(({ rule, key }) => [key, rule]));
    const all = [...distinct.values()];
    const weaker = new Set(
      [...distinct]
        .filter(([, rule]) => all.some((other) => !isAtLeastAsStrong(rule, other)))
        .map(([key]) => key),
    );
    return keyed.map(({ rule, key }) => {
      const refuseAmbiguousPath = weaker.has(key) && !rule.matchesOnePath;
      return this.#policyOf(rule, key, refuseAmbiguousPath).policyId;
    });
  }

  /** Everything that any of the policies names. Throws `ContentIdCollisionError`. */
  policySet(): PolicySet {
    return mergePolicySets([...this.#byContent.values()].map(({ set }) => set));
  }

  /** Number of policies that are remembered. */
  get size(): number {
    return this.#byContent.size;
  }

  /** Everything that the policies with the given ids name. Throws `ContentIdCollisionError`. */
  select(ids: Iterable<string>): PolicySet {
    return mergePolicySets([...ids].flatMap((id) => this.#byId.get(id)?.set ?? []));
  }

  /** Forgets all policies but those with the given ids. */
  retain(ids: ReadonlySet<string>): void {
    for (const [content, { policyId }] of this.#byContent) {
      if (!ids.has(policyId)) this.#byContent.delete(content);
    }
    for (const id of this.#byId.keys()) if (!ids.has(id)) this.#byId.delete(id);
    this.#named.clear();
    for (const { set } of this.#byId.values()) this.#share(set);
  }

  #policyOf(rule: RuleAccess, key: string, refuseAmbiguousPath: boolean): NamedPolicy {
    const cors = canonicalJson(rule.cors ?? null);
    const content = `${rule.passCorsPreflight} ${refuseAmbiguousPath} ${cors} ${key}`;
    const known = this.#byContent.get(content);
    if (known !== undefined) return known;
    const { policyId, set } = policyOf(rule, refuseAmbiguousPath);
    const policy = { policyId, set: this.#share(set) };
    const namesake = this.#byId.get(policyId);
    if (namesake !== undefined) mergePolicySets([namesake.set, policy.set]);
    this.#byContent.set(content, policy);
    this.#byId.set(policyId, policy);
    return policy;
  }

  /** The set with the objects that other policies have for the same, so that sets are merged fast. */
  #share(set: PolicySet): PolicySet {
    const share = (entry: { id: string }) => {
      const known = this.#named.get(entry.id) ?? entry;
      this.#named.set(entry.id, known);
      return isDeepStrictEqual(known, entry) ? known : entry;
    };
    const tables = Object.entries(set).map(([name, entries]) => [name, entries.map(share)]);
    return Object.fromEntries(tables) as PolicySet;
  }
}

/** What a rule demands and sets, apart from CORS and paths. */
function contentOf({ access, authorizers, setCookies }: RuleAccess): string {
  return canonicalJson([access, authorizers, setCookies ?? []]);
}

/** Whether whoever passes `rule` provably passes `other` too. */
function isAtLeastAsStrong(rule: RuleAccess, other: RuleAccess): boolean {
  return (
    other.authorizers.every((authorizer) => rule.authorizers.includes(authorizer)) &&
    demandsAsMuch(rule.access, other.access)
  );
}

function demandsToken(access: AccessContent): access is JwtContent {
  return access.kind === "jwt" && access.shadow !== true;
}

function demandsAsMuch(access: AccessContent, other: AccessContent): boolean {
  if (!demandsToken(other)) return true;
  if (!demandsToken(access)) return false;
  if (canonicalJson({ ...access, authorizations: [] }) !== canonicalJson({ ...other, authorizations: [] }))
    return false;
  if (other.authorizations.length === 0) return true;
  return canonicalJson(access.authorizations) === canonicalJson(other.authorizations);
}

function policyOf(rule: RuleAccess, refuseAmbiguousPath: boolean): NamedPolicy {
  const { access, passCorsPreflight } = rule;
  const externalProof = proofOf(rule.authorizers);
  const common = {
    ...(externalProof === undefined ? {} : { externalProof }),
    ...(rule.setCookies && { setCookies: rule.setCookies }),
    refuseAmbiguousPath,
  };
  const canRefuse = access.kind !== "open" || refuseAmbiguousPath || externalProof !== undefined;
  const corsPolicy = canRefuse ? namedCors(rule.cors) : undefined;
  const corsPolicies = corsPolicy && [corsPolicy];
  const cors = corsPolicy && { cors: corsPolicy.id };
  if (access.kind === "open") {
    const preflight = externalProof !== undefined && passCorsPreflight ? { passCorsPreflight } : {};
    const content = { kind: access.kind, ...preflight, ...common, ...cors };
    const policyId = contentId(content);
    const policies = [{ id: policyId, ...content }];
    return {
      policyId,
      set: { policies, providers: [], keySources: [], ...(corsPolicies && { corsPolicies }) },
    };
  }
  const keySources = access.providers.map(
    ({ keySource }): KeySource => ({ id: contentId(keySource), ...keySource }),
  );
  const providers = access.providers.map(namedProvider);
  const policyId = contentId({ ...access, passCorsPreflight, ...common, ...cors });
  const { introspection, ...demands } = access;
  const policy: Policy = {
    id: policyId,
    ...demands,
    providers: providers.map(({ id }) => id).sort(),
    ...(introspection && { introspection: namedIntrospection(introspection) }),
    passCorsPreflight,
    ...common,
    ...cors,
  };
  const introspectionServers = introspection && [namedServer(introspection.server)];
  const set = {
    policies: [policy],
    providers,
    keySources,
    ...(introspectionServers && { introspectionServers }),
    ...(corsPolicies && { corsPolicies }),
  };
  return { policyId, set };
}

function namedCors(answer: CorsAnswer | undefined): CorsPolicy | undefined {
  return answer && { id: contentId(answer), ...answer };
}

/** An introspection server under the name that routes, gateways and the relay know it by. */
export function namedServer(content: IntrospectionContent["server"]): IntrospectionServer {
  return { id: contentId(content), ...content };
}

function namedIntrospection({
  server,
  ...judgement
}: IntrospectionContent): NonNullable<JwtPolicy["introspection"]> {
  return { server: namedServer(server).id, ...judgement };
}

function namedProvider(content: ProviderContent): Provider {
  return { id: contentId(content), ...content, keySource: contentId(content.keySource) };
}

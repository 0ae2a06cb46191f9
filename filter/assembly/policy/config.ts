/**
 * A decoded configuration. All of it lives in one arena and is freed with it; after linking nothing changes but what
 * is known of introspection servers and origins.
 */
import { Arena, freeArena } from "../bytes/arena";
import { itemAt, List } from "../bytes/list";
import { findString, StringTable } from "../bytes/string-table";
import { KeyType } from "../crypto/spki";

/** A string of the configuration, and its number among those that tokens are compared with. */
@unmanaged
export class Text {
  at: usize;
  length: i32;
  number: u32;
}

/** One public key, ready for whom has to verify with it. */
@unmanaged
export class Key {
  /** Null where the key has no id. */
  kid: Text;
  /** Allow-list, a bit an algorithm. */
  algorithms: u32;
  /** The key as the field `public_key` of the host's message, tag and length included. */
  field: usize;
  fieldLength: i32;
  /** The key itself, in the same bytes. */
  spki: usize;
  spkiLength: i32;
  /** The key as the VM verifies with it, made by `readSpki`: null where it need not, or cannot. */
  type: KeyType;
  publicKey: usize;
}

@unmanaged
export class KeySet {
  id: Text;
  keys: List;
}

export enum PlaceKind {
  /** `Authorization: Bearer`, the place of those who name none. */
  Bearer,
  Header,
  Param,
  Cookie,
}

/** Where a token may stand in a request. */
@unmanaged
export class Place {
  kind: PlaceKind;
  /** Null for `Bearer`. */
  name: Text;
  /** What a header holds before the token; null: nothing. */
  prefix: Text;
}

/** An issuer with its keys. */
@unmanaged
export class Provider {
  id: Text;
  issuer: Text;
  algorithms: u32;
  /** Null: `Authorization: Bearer` alone. */
  places: List;
  /** Allowed `typ` in lower case, without `application/`; null: any or none. */
  tokenTypes: List;
  keySetId: Text;
  keySet: KeySet;
  /** Position in the configuration: providers of a policy are sorted by it. */
  index: u32;
  /** The next provider of the same issuer, or null. */
  sameIssuer: Provider;
}

/** An endpoint that says of a token whether it is active (RFC 7662), and how it has answered lately. */
@unmanaged
export class IntrospectionServer {
  id: Text;
  cluster: Text;
  authority: Text;
  path: Text;
  timeoutMs: u32;
  maxCacheSeconds: f64;
  /** Whether the document says `maxCacheSeconds`, which may be 0. */
  hasMaxCacheSeconds: bool;
  /** What `iss` of an answer must be; null: anything. */
  issuer: Text;
  /** Calls in a row that failed, and the time before which no further one is made. */
  failures: i32;
  openUntil: f64;
}

/** How a policy judges tokens that are no JWT of one of its providers. */
@unmanaged
export class Introspection {
  serverId: Text;
  server: IntrospectionServer;
  /** Null: `Authorization: Bearer` alone. */
  places: List;
  /** A bit for each of the policy's places where its tokens may stand. */
  placeMask: u32;
  authorizations: List;
}

/** Which pages may read an answer, as Envoy's CORS filter is told. */
@unmanaged
export class CorsPolicy {
  id: Text;
  /** Elements are `AllowedOrigin`; any of them suffices. */
  origins: List;
  allowCredentials: bool;
  /** Value of `access-control-expose-headers`; null where the header is not sent. */
  exposeHeaders: Text;
}

export enum OriginKind {
  None,
  Exact,
  Prefix,
  Regex,
}

@unmanaged
export class AllowedOrigin {
  kind: OriginKind;
  value: Text;
  /** Whether it matches `*` and so allows every origin; for a regular expression found out when it is first needed. */
  allowsAny: bool;
  isAnyKnown: bool;
}

export enum PolicyKind {
  Open = 1,
  Jwt = 2,
}

@unmanaged
export class Policy {
  id: Text;
  kind: PolicyKind;
  refuseAmbiguousPath: bool;
  passCorsPreflight: bool;
  /** Whether nothing is refused but an ambiguous path. */
  shadow: bool;
  /** Whether the document names a member that an open policy must not have. */
  hasTokenMember: bool;
  requireExp: bool;
  /** Whether the document names `clockSkewSeconds`; else it is the configuration's. */
  hasClockSkew: bool;
  clockSkew: f64;
  providerIds: List;
  /** Indexes of the providers, ascending; u32 each. */
  providers: usize;
  providerCount: i32;
  /** Places of all providers together, `Bearer` first; null where that is the only one. */
  places: List;
  /** For each provider, in the same order, a bit for each of the places where its tokens may stand; u32 each. */
  placeMasks: usize;
  authorizations: List;
  /** Null where no header is set. */
  claimsToHeaders: List;
  /** Null where every token must be a JWT. */
  introspection: Introspection;
  /** Null where no external authorizer has to be asked; see `external-check.ts`. */
  externalProof: Text;
  /** Names of cookies that the route sets, elements are `Text`; null where it sets none. */
  setCookies: List;
  /** Null, both, where refusals carry no CORS headers. */
  corsId: Text;
  cors: CorsPolicy;
}

/** Scopes, audiences and claims that a token must all have. */
@unmanaged
export class Authorization {
  scopes: List;
  audiences: List;
  /** Null where none is required. */
  claims: List;
}

/** A claim that must have one of some values. */
@unmanaged
export class RequiredClaim {
  path: List;
  values: List;
}

/** A value that a claim may have: its kind, and its text where that does not say it all. */
@unmanaged
export class ClaimValue {
  kind: u8;
  text: Text;
  /** Number of the claim with this value in the configuration's table. */
  number: u32;
}

/** A claim, and the request header that it becomes. */
@unmanaged
export class ClaimToHeader {
  path: List;
  header: Text;
  /** Number of the claim in the configuration's table. */
  claim: u32;
}

@unmanaged
export class Config {
  arena: Arena;
  /** The number that the gauge `config.revision` shows. */
  revision: u64;
  clockSkew: f64;
  keySets: List;
  providers: List;
  /** Null where the document has none. */
  introspectionServers: List;
  introspectionServerIds: StringTable;
  /** Null where the document has none. */
  corsPolicies: List;
  policies: List;
  policyIds: StringTable;
  issuers: StringTable;
  /** For each issuer, by its number, the first provider. */
  providerOfIssuer: usize;
  /** Scopes and audiences that policies name. */
  strings: StringTable;
  /** Claims that policies name, by path, and their values; null where there are none. */
  claims: StringTable;
  /** For each claim, by its number, what it is needed for; u8 each. */
  claimUses: usize;
  /** Names of the headers that policies write, `_` as `-`; null where there are none. */
  identityHeaders: StringTable;
}

/** Whether a reference to one of these structures is null. */
export function isNull<T>(reference: T): bool {
  return changetype<usize>(reference) == 0;
}

export function nothing<T>(): T {
  return changetype<T>(0);
}

/** The policy of that id, or null. */
export function findPolicy(config: Config, id: usize, length: i32): Policy {
  const number = findString(config.policyIds, id, length);
  return number < 0 ? nothing<Policy>() : changetype<Policy>(itemAt(config.policies, number));
}

/** The introspection server of that id, or null. */
export function findIntrospectionServer(config: Config, id: usize, length: i32): IntrospectionServer {
  const number = findString(config.introspectionServerIds, id, length);
  if (number < 0) return nothing<IntrospectionServer>();
  return changetype<IntrospectionServer>(itemAt(config.introspectionServers, number));
}

/** Takes over what is known of the introspection servers that both configurations have. */
export function takeOverServers(before: Config, next: Config): void {
  if (isNull(next.introspectionServers)) return;
  for (let i = 0; i < next.introspectionServers.count; i++) {
    const server = changetype<IntrospectionServer>(itemAt(next.introspectionServers, i));
    const known = findIntrospectionServer(before, server.id.at, server.id.length);
    if (isNull(known)) continue;
    server.failures = known.failures;
    server.openUntil = known.openUntil;
  }
}

/** The first provider of that issuer, or null; the others follow by `sameIssuer`. */
export function findProvider(config: Config, issuer: usize, length: i32): Provider {
  const number = findString(config.issuers, issuer, length);
  if (number < 0) return nothing<Provider>();
  return changetype<Provider>(load<usize>(config.providerOfIssuer + ((<usize>number) << 2)));
}

/** Whether a policy accepts tokens of a provider that stand in `places`, a bit each. */
export function accepts(policy: Policy, provider: Provider, places: u32): bool {
  let low = 0;
  let high = policy.providerCount - 1;
  while (low <= high) {
    const middle = (low + high) >> 1;
    const index = load<u32>(policy.providers + ((<usize>middle) << 2));
    if (index == provider.index) return isAtPlace(policy, middle, places);
    if (index < provider.index) low = middle + 1;
    else high = middle - 1;
  }
  return false;
}

function isAtPlace(policy: Policy, provider: i32, places: u32): bool {
  if (isNull(policy.places)) return true;
  return (load<u32>(policy.placeMasks + ((<usize>provider) << 2)) & places) != 0;
}

/** Frees a configuration with everything in it. */
export function freeConfig(config: Config): void {
  freeArena(config.arena);
}

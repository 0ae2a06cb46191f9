/** PolicySet and keys → the document that the filter is configured with. */
import { hash } from "node:crypto";
import {
  CONTRACT_VERSION,
  type PluginConfig,
  type PluginCorsPolicy,
  type PluginIntrospectionServer,
  type PluginKey,
  type PluginPolicy,
  REVISION_LENGTH,
} from "../api/plugin-config.ts";
import type {
  Authorization,
  CorsPolicy,
  JwtPolicy,
  Policy,
  PolicySet,
  TokenRules,
} from "../model/exposure.ts";
import { canonicalJson } from "../model/ids.ts";

/** Keys by the id of their key source. */
export type KeysBySource = ReadonlyMap<string, readonly PluginKey[]>;

/** A policy set of which it may not be known where its keys come from, with the calls of introspection servers. */
export type NamedPolicySet = Pick<PolicySet, "policies" | "providers" | "corsPolicies"> & {
  keySources: readonly { id: string }[];
  introspectionServers?: readonly PluginIntrospectionServer[];
};

export interface PluginConfigOptions {
  /** Seconds by which `exp` and `nbf` may be off. */
  clockSkewSeconds?: number;
}

const DEFAULT_CLOCK_SKEW_SECONDS = 60;

/**
 * Renders the document, byte-stable: tables are sorted by id, keys by `kid`. A key source without keys becomes an
 * empty key set, so that its tokens are refused as `keys_unavailable`. `revision` names the rest of the content.
 */
export function renderPluginConfig(
  policySet: NamedPolicySet,
  keys: KeysBySource,
  options: PluginConfigOptions = {},
): PluginConfig {
  const content = {
    clockSkewSeconds: options.clockSkewSeconds ?? DEFAULT_CLOCK_SKEW_SECONDS,
    keySets: policySet.keySources
      .map(({ id }) => ({ id, keys: sortKeys(keys.get(id) ?? []) }))
      .sort(compareBy(({ id }) => id)),
    providers: policySet.providers
      .map(({ id, issuer, keySource, algorithms, places, tokenTypes }) => ({
        id,
        issuer,
        keySet: keySource,
        algorithms: [...algorithms],
        ...(places && { places: [...places] }),
        ...(tokenTypes && { tokenTypes: [...tokenTypes] }),
      }))
      .sort(compareBy(({ id }) => id)),
    ...optionalTable("introspectionServers", [...(policySet.introspectionServers ?? [])]),
    ...optionalTable("corsPolicies", (policySet.corsPolicies ?? []).map(renderCorsPolicy)),
    policies: policySet.policies.map(renderPolicy).sort(compareBy(({ id }) => id)),
  };
  const version = CONTRACT_VERSION;
  const revision = hash("sha256", configText({ version, ...content })).slice(0, REVISION_LENGTH);
  return { version, revision, ...content };
}

/** A document as canonical JSON. */
export function configText(document: Omit<PluginConfig, "revision">): string {
  const members = Object.entries(document)
    .map(([name, table]) => {
      const value =
        name === "policies" ? `[${document.policies.map(textOf).join(",")}]` : canonicalJson(table);
      return `${JSON.stringify(name)}:${value}`;
    })
    .sort();
  return `{${members.join(",")}}`;
}

/** Policies are named by their content and never change, so each is rendered and written once. */
const renderedPolicies = new WeakMap<Policy, PluginPolicy>();
const policyTexts = new WeakMap<PluginPolicy, string>();

function textOf(policy: PluginPolicy): string {
  const text = policyTexts.get(policy) ?? canonicalJson(policy);
  policyTexts.set(policy, text);
  return text;
}

/** A table that stands in the document only where it has entries, sorted by id. */
function optionalTable<Name extends string, Entry extends { id: string }>(
  name: Name,
  entries: Entry[],
): { [name in Name]?: Entry[] } {
  if (entries.length === 0) return {};
  return { [name]: entries.sort(compareBy(({ id }) => id)) } as { [name in Name]: Entry[] };
}

function renderCorsPolicy({
  id,
  allowOrigins,
  allowCredentials,
  exposeHeaders,
}: CorsPolicy): PluginCorsPolicy {
  return {
    id,
    allowOrigins: allowOrigins.map(({ kind, value }) => ({ kind, value })),
    ...(allowCredentials === true ? { allowCredentials } : {}),
    ...(exposeHeaders.length > 0 ? { exposeHeaders: [...exposeHeaders] } : {}),
  };
}

function renderPolicy(policy: Policy): PluginPolicy {
  const rendered = renderedPolicies.get(policy) ?? renderNewPolicy(policy);
  renderedPolicies.set(policy, rendered);
  return rendered;
}

function renderNewPolicy(policy: Policy): PluginPolicy {
  const common = {
    ...(policy.passCorsPreflight ? { passCorsPreflight: true } : {}),
    ...(policy.refuseAmbiguousPath ? { refuseAmbiguousPath: true } : {}),
    ...(policy.cors === undefined ? {} : { cors: policy.cors }),
    ...(policy.externalProof === undefined ? {} : { externalProof: policy.externalProof }),
    ...(policy.setCookies === undefined ? {} : { setCookies: [...policy.setCookies] }),
  };
  if (policy.kind === "open") return { id: policy.id, kind: "open", ...common };
  return { ...renderJwtPolicy(policy), ...common };
}

function renderJwtPolicy(policy: JwtPolicy): PluginPolicy {
  return {
    id: policy.id,
    kind: "jwt",
    providers: [...policy.providers],
    authorizations: policy.authorizations.map(renderAuthorization),
    ...(policy.introspection && {
      introspection: {
        server: policy.introspection.server,
        ...(policy.introspection.places && { places: [...policy.introspection.places] }),
        authorizations: policy.introspection.authorizations.map(renderAuthorization),
      },
    }),
    ...renderTokenRules(policy),
    ...(policy.shadow ? { shadow: true } : {}),
  };
}

function renderTokenRules({ claimsToHeaders, clockSkewSeconds, requireExp }: TokenRules): TokenRules {
  return {
    ...(claimsToHeaders && { claimsToHeaders: [...claimsToHeaders] }),
    ...(clockSkewSeconds !== undefined && { clockSkewSeconds }),
    ...(requireExp && { requireExp }),
  };
}

function renderAuthorization({ scopes, audiences, claims }: Authorization): Authorization {
  return { scopes: [...scopes], audiences: [...audiences], ...(claims && { claims: [...claims] }) };
}

function sortKeys(keys: readonly PluginKey[]): PluginKey[] {
  return keys
    .map(({ kid, algorithms, spki }) => ({
      ...(kid === undefined ? {} : { kid }),
      algorithms: [...algorithms],
      spki,
    }))
    .sort(compareBy(({ kid, spki, algorithms }) => JSON.stringify([kid ?? "", spki, algorithms])));
}

function compareBy<Item>(key: (item: Item) => string): (a: Item, b: Item) => number {
  return (a, b) => {
    const [left, right] = [key(a), key(b)];
    return left < right ? -1 : left > right ? 1 : 0;
  };
}

/** The document that the filter is configured with → the policy set and the keys in it. */
import type { PluginConfig, PluginPolicy } from "../api/plugin-config.ts";
import type { Policy } from "../model/exposure.ts";
import type { KeysBySource, NamedPolicySet } from "./plugin-config.ts";

/** What `renderPluginConfig` has made a document of, for the policies with the given ids. */
export function policiesIn(config: PluginConfig, ids: ReadonlySet<string>): NamedPolicySet {
  const policies = config.policies.filter(({ id }) => ids.has(id)).map(readPolicy);
  const named = new Set(policies.flatMap((policy) => (policy.kind === "jwt" ? policy.providers : [])));
  const providers = config.providers
    .filter(({ id }) => named.has(id))
    .map(({ keySet, ...provider }) => ({ ...provider, keySource: keySet }));
  const sources = new Set(providers.map(({ keySource }) => keySource));
  const servers = introspectionServersNamedBy(policies);
  const cors = new Set(policies.map((policy) => policy.cors));
  return {
    ...{ policies, providers, keySources: [...sources].map((id) => ({ id })) },
    introspectionServers: (config.introspectionServers ?? []).filter(({ id }) => servers.has(id)),
    corsPolicies: (config.corsPolicies ?? [])
      .filter(({ id }) => cors.has(id))
      .map(({ exposeHeaders = [], ...policy }) => ({ ...policy, exposeHeaders })),
  };
}

/** The keys in a document by the id of their source. */
export function keysIn(config: PluginConfig): KeysBySource {
  return new Map(config.keySets.map(({ id, keys }) => [id, keys]));
}

/** Ids of the introspection servers that policies name. */
export function introspectionServersNamedBy(policies: readonly Policy[]): Set<string> {
  return new Set(
    policies.flatMap((policy) => (policy.kind === "jwt" ? (policy.introspection?.server ?? []) : [])),
  );
}

/** Everything that is in either set; of two entries with one id that of `first` counts. */
export function joinPolicySets(first: NamedPolicySet, second: NamedPolicySet): NamedPolicySet {
  return {
    policies: join(first.policies, second.policies),
    providers: join(first.providers, second.providers),
    keySources: join(first.keySources, second.keySources),
    introspectionServers: join(first.introspectionServers ?? [], second.introspectionServers ?? []),
    corsPolicies: join(first.corsPolicies ?? [], second.corsPolicies ?? []),
  };
}

function readPolicy(policy: PluginPolicy): Policy {
  const { refuseAmbiguousPath = false } = policy;
  if (policy.kind === "open") return { ...policy, refuseAmbiguousPath };
  const { passCorsPreflight = false } = policy;
  return { ...policy, passCorsPreflight, refuseAmbiguousPath };
}

function join<T extends { id: string }>(first: readonly T[], second: readonly T[]): T[] {
  const known = new Set(first.map(({ id }) => id));
  return [...first, ...second.filter(({ id }) => !known.has(id))];
}

/** What the relay of a replica serves, leader or not: the introspection servers of the cluster's APIRules. */
import type { KubernetesObject } from "../api/resources.ts";
import type { ApiClient } from "../kube/api-client.ts";
import { cacheKey } from "../kube/object-cache.ts";
import type { IntrospectionServer, ObjectRef } from "../model/exposure.ts";
import { introspectionServersOf } from "../model/introspection.ts";
import type { RelayTarget } from "../relay/relay.ts";
import { relayTarget } from "../relay/relay-targets.ts";
import type { Caches } from "./caches.ts";
import { ClientSecrets } from "./client-secrets.ts";

export interface RelayDirectoryOptions {
  caches: Pick<Caches, "apiRules" | "wasmPlugins">;
  client: Pick<ApiClient, "request">;
}

interface Entry {
  server: IntrospectionServer;
  /** APIRules that name it, as `namespace/name`. */
  apiRules: Set<string>;
}

/**
 * Follows the caches. A server that no APIRule names any more is served as long as gateways may call it: while a WasmPlugin
 * holds it.
 */
export class RelayDirectory {
  readonly #caches: RelayDirectoryOptions["caches"];
  readonly #entries = new Map<string, Entry>();
  readonly #idsOfApiRule = new Map<string, readonly string[]>();
  readonly #secrets: ClientSecrets;
  #onChange: (apiRules: readonly string[]) => void = () => {};

  constructor({ caches, client }: RelayDirectoryOptions) {
    this.#caches = caches;
    this.#secrets = new ClientSecrets({ client, onChange: (ref) => this.#tell(ref) });
    caches.apiRules.onChange((ref, kept, before) => {
      if (kept === undefined) this.#setServers(cacheKey(ref), []);
      else if (kept.uid !== before?.uid || kept.generation !== before.generation)
        this.#setServers(cacheKey(ref), serversOf(kept.object));
    });
    caches.wasmPlugins.onChange(() => this.#prune());
  }

  /** Names who is told of the APIRules, as `namespace/name`, whose client credentials have changed. */
  onChange(listener: (apiRules: readonly string[]) => void): void {
    this.#onChange = listener;
  }

  /** As `RelayOptions.find` wants it. */
  readonly find = (serverId: string): RelayTarget | undefined => {
    const entry = this.#entries.get(serverId);
    return entry && relayTarget(entry.server, (ref) => this.#secrets.get(ref));
  };

  /** Why the client credentials of some of the servers are not available, each reason once. */
  problemsOf(servers: readonly IntrospectionServer[]): string[] {
    const problems = servers.flatMap(({ id }) => {
      const credentials = this.find(id)?.credentials;
      return credentials !== undefined && "problem" in credentials ? [credentials.problem] : [];
    });
    return [...new Set(problems)].sort();
  }

  /** Follows the Secrets until `signal` is aborted. Never rejects. */
  run(signal: AbortSignal): Promise<void> {
    return this.#secrets.run(signal);
  }

  #setServers(apiRule: string, servers: readonly IntrospectionServer[]): void {
    const before = this.#idsOfApiRule.get(apiRule) ?? [];
    for (const id of before) this.#entries.get(id)?.apiRules.delete(apiRule);
    for (const server of servers) this.#entryOf(server).apiRules.add(apiRule);
    if (servers.length > 0)
      this.#idsOfApiRule.set(
        apiRule,
        servers.map(({ id }) => id),
      );
    else this.#idsOfApiRule.delete(apiRule);
    if (before.length > 0) this.#prune();
  }

  #entryOf(server: IntrospectionServer): Entry {
    const known = this.#entries.get(server.id);
    if (known !== undefined) return known;
    const entry: Entry = { server, apiRules: new Set() };
    this.#entries.set(server.id, entry);
    if (server.clientCredentials !== undefined) this.#secrets.use(server.clientCredentials);
    return entry;
  }

  #prune(): void {
    const unnamed = [...this.#entries].filter(([, { apiRules }]) => apiRules.size === 0);
    if (unnamed.length === 0) return;
    const held = new Set(
      this.#caches.wasmPlugins
        .values()
        .flatMap(({ config }) => config?.introspectionServers?.map(({ id }) => id) ?? []),
    );
    for (const [id, { server }] of unnamed) {
      if (held.has(id)) continue;
      this.#entries.delete(id);
      if (server.clientCredentials !== undefined) this.#secrets.release(server.clientCredentials);
    }
  }

  #tell(secret: ObjectRef): void {
    const concerned = [...this.#entries.values()].filter(
      ({ server: { clientCredentials } }) =>
        clientCredentials !== undefined && cacheKey(clientCredentials) === cacheKey(secret),
    );
    this.#onChange([...new Set(concerned.flatMap(({ apiRules }) => [...apiRules]))]);
  }
}

/** The servers of an APIRule. Most have none, which takes no validation to see. */
function serversOf(apiRule: KubernetesObject): IntrospectionServer[] {
  const { rules } = (apiRule.spec ?? {}) as { rules?: ({ introspection?: unknown } | null)[] };
  return rules?.some((rule) => rule?.introspection != null) ? introspectionServersOf(apiRule) : [];
}

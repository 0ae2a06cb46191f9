/** Keys for the gateways of a cluster, across restarts of the controller. */
import type { PluginConfig } from "../api/plugin-config.ts";
import type { KeyStore } from "../keys/store.ts";
import type { KeySource } from "../model/exposure.ts";
import type { KeysBySource } from "../render/plugin-config.ts";
import { keysIn } from "../render/plugin-config-parts.ts";
import type { Observation } from "./status.ts";

/** What is used of a key store. */
export type FetchedKeys = Pick<KeyStore, "setSources" | "keys" | "failures" | "attempted">;

/** The fetched keys, and where there are none yet, those that the gateways have. */
export class Keys {
  readonly #store: FetchedKeys;

  constructor(store: FetchedKeys) {
    this.#store = store;
  }

  setSources(sources: readonly KeySource[]): void {
    this.#store.setSources(sources);
  }

  /** Settles when every source has been asked once. */
  attempted(): Promise<void> {
    return this.#store.attempted();
  }

  /** Keys of the given sources: the fetched ones, else those in `live`, the configuration that gateways have. */
  withLastGood(sources: readonly { id: string }[], live: PluginConfig | undefined): KeysBySource {
    const fetched = this.#store.keys();
    const known: KeysBySource = live === undefined ? new Map() : keysIn(live);
    return new Map(
      sources.map(({ id }) => {
        const keys = fetched.get(id) ?? [];
        return [id, keys.length > 0 ? keys : (known.get(id) ?? [])];
      }),
    );
  }

  /** Condition KeysReady of an APIRule with the given key sources. */
  observe(sources: readonly KeySource[], live: PluginConfig | undefined): Observation {
    if (sources.length === 0) {
      return { status: "True", reason: "NoKeysNeeded", message: "no rule needs keys" };
    }
    const keys = this.withLastGood(sources, live);
    const failures = this.#store.failures();
    const failing = sources.filter(({ id }) => failures.has(id));
    const missing = sources.filter(({ id }) => keys.get(id)?.length === 0);
    if (missing.length > 0) {
      const message = `no keys could be fetched, so tokens cannot be checked: ${list(missing, failures)}`;
      return { status: "False", reason: "KeysUnavailable", message };
    }
    if (failing.length > 0) {
      const message = `keys cannot be fetched, and the last good ones are in use: ${list(failing, failures)}`;
      return { status: "False", reason: "KeysNotRefreshed", message };
    }
    return { status: "True", reason: "KeysAvailable", message: "the keys of every issuer are available" };
  }
}

function list(sources: readonly KeySource[], failures: ReadonlyMap<string, string>): string {
  return sources
    .map((source) => failures.get(source.id) ?? (source.kind === "jwks" ? source.jwksUri : source.issuer))
    .sort()
    .join("; ");
}

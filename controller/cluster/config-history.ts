/** Which policies a revision of the filter's configuration holds. */
import type { PluginConfig } from "../api/plugin-config.ts";

const LENGTH = 256;

/** The configurations that were written last, by revision. */
export class ConfigHistory {
  readonly #policies = new Map<string, ReadonlySet<string>>();

  add({ revision, policies }: PluginConfig): void {
    if (this.#policies.has(revision)) return;
    this.#policies.set(revision, new Set(policies.map(({ id }) => id)));
    const [oldest] = this.#policies.keys();
    if (this.#policies.size > LENGTH && oldest !== undefined) this.#policies.delete(oldest);
  }

  /** Ids of the policies of a revision; undefined for one that is not known. */
  policiesOf(revision: string): ReadonlySet<string> | undefined {
    return this.#policies.get(revision);
  }
}

import type { PluginKey } from "../api/plugin-config.ts";
import type { Logger } from "../log.ts";
import type { KeySource } from "../model/exposure.ts";
import { type Clock, systemClock } from "./clock.ts";
import { SourceFetcher } from "./source-fetcher.ts";
import { SourceLoop } from "./source-loop.ts";

/** How a store fetches. */
export interface KeyStoreOptions {
  /** Whether keys may be fetched from 127.0.0.0/8 and ::1. */
  allowLoopback: boolean;
  /** Time between two fetches where the issuer names none, and the longest between two retries. Default: 60. */
  intervalSeconds?: number;
  log: Logger;
  clock?: Clock;
  random?: () => number;
}

const DEFAULT_INTERVAL_SECONDS = 60;

/** The keys of all key sources in use, each kept fresh by a loop of its own. */
export class KeyStore {
  readonly #options: KeyStoreOptions;
  readonly #loops = new Map<string, SourceLoop>();
  #onChange = () => {};
  #onHealth = () => {};

  constructor(options: KeyStoreOptions) {
    this.#options = options;
  }

  /** Names what is called whenever the usable keys of a source are not what they were. */
  onChange(listener: () => void): void {
    this.#onChange = listener;
  }

  /** Names what is called whenever a source begins or ceases to fail. */
  onHealth(listener: () => void): void {
    this.#onHealth = listener;
  }

  /** Starts a loop for each new source and ends those of the sources that are not named any more. */
  setSources(sources: readonly KeySource[]): void {
    const wanted = new Set(sources.map(({ id }) => id));
    for (const [id, loop] of this.#loops) {
      if (wanted.has(id)) continue;
      loop.close();
      this.#loops.delete(id);
    }
    for (const source of sources) {
      if (!this.#loops.has(source.id)) this.#loops.set(source.id, this.#startLoop(source));
    }
  }

  /** The last good keys by the id of their source; a source that never answered has none. */
  keys(): ReadonlyMap<string, readonly PluginKey[]> {
    return new Map([...this.#loops].map(([id, loop]) => [id, loop.keys]));
  }

  /** Why the last fetch has failed, by the id of the source, for those whose last fetch has. */
  failures(): ReadonlyMap<string, string> {
    return new Map(
      [...this.#loops].flatMap(([id, { failure }]) => (failure === undefined ? [] : [[id, failure]])),
    );
  }

  /** Settles when every current source has been asked at least once. Never rejects. */
  async attempted(): Promise<void> {
    await Promise.all([...this.#loops.values()].map((loop) => loop.attempted));
  }

  /** Asks for an early fetch of one source; at most one starts in a second for each source. */
  refresh(sourceId: string): void {
    this.#loops.get(sourceId)?.refresh();
  }

  /** Ends all loops. */
  close(): void {
    this.setSources([]);
  }

  #startLoop(source: KeySource): SourceLoop {
    const { allowLoopback, intervalSeconds = DEFAULT_INTERVAL_SECONDS, log } = this.#options;
    return new SourceLoop({
      fetcher: new SourceFetcher(source, { allowLoopback, defaultSeconds: intervalSeconds }),
      retryCeilingMs: intervalSeconds * 1_000,
      clock: this.#options.clock ?? systemClock,
      random: this.#options.random ?? Math.random,
      log: log.child(source.kind === "jwks" ? { jwksUri: source.jwksUri } : { issuer: source.issuer }),
      onChange: () => this.#onChange(),
      onHealth: () => this.#onHealth(),
    });
  }
}

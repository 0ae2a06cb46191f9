import { ControllerError } from "../errors.ts";

/** Values of Envoy's statistics by name: numbers as text, text readouts without their quotes. */
export type Stats = ReadonlyMap<string, string>;

const TIMEOUT_MS = 2_000;

/** Reads the statistics that tell what configuration Envoy runs. */
export class AdminClient {
  readonly #address: string;

  /** @param address `host:port` of Envoy's admin interface */
  constructor(address: string) {
    this.#address = address;
  }

  /** The statistics whose name a regular expression finds. Throws ControllerError when Envoy does not answer. */
  async stats(filter: RegExp): Promise<Stats> {
    const url = `http://${this.#address}/stats?filter=${encodeURIComponent(filter.source)}`;
    try {
      const response = await fetch(url, { signal: AbortSignal.timeout(TIMEOUT_MS) });
      return parseStats(await response.text());
    } catch (error) {
      throw new ControllerError("envoy_failed", "Envoy's admin interface does not answer", { cause: error });
    }
  }
}

/** Parses the text form of `/stats`. */
export function parseStats(text: string): Stats {
  const lines = text.split("\n").filter((line) => line.includes(": "));
  return new Map(
    lines.map((line) => {
      const at = line.lastIndexOf(": ");
      return [line.slice(0, at), line.slice(at + 2).replace(/^"(.*)"$/, "$1")];
    }),
  );
}

/** Sum of the numbers whose name a regular expression finds. */
export function sumOf(stats: Stats, name: RegExp): number {
  return [...stats].filter(([key]) => name.test(key)).reduce((sum, [, value]) => sum + Number(value), 0);
}

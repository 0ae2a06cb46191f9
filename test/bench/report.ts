/** From the rounds to what is printed: a table, and Tollgate against its native counterparts. */
import { availableParallelism, cpus } from "node:os";
import { type Chain, EMPTY_CHAIN } from "./chains.ts";
import { pairedDifferences, type Summary, summarize } from "./statistics.ts";
import { formatTable } from "./table.ts";

/** What the report says of a chain, whatever runs it. */
export type ChainTitle = Pick<Chain, "id" | "title" | "counterpart">;

/** The figures of one chain, in CPU microseconds of Envoy per request. */
interface ChainResult {
  id: string;
  title: string;
  rounds: number[];
  microseconds: Summary;
  /** Over the chain without a filter, taken round by round. */
  overEmpty: Summary;
  counterpart?: string;
  /** Median over empty, divided by that of the counterpart; absent where that was not measured. */
  ratio?: number;
}

/** What the figures were measured with. */
interface Setting {
  envoy: string;
  cpu: string;
  cores: number;
  rounds: number;
  requests: number;
  connections: number;
}

/** A whole measurement. */
export interface Report {
  setting: Setting;
  results: ChainResult[];
}

/** This machine, and how much is sent. */
export function settingOf(
  envoy: string,
  { rounds, requests, connections }: Pick<Setting, "rounds" | "requests" | "connections">,
): Setting {
  const cpu = cpus()[0]?.model.trim() ?? "unknown";
  return { envoy, cpu, cores: availableParallelism(), rounds, requests, connections };
}

export function summarizeChains(
  chains: readonly ChainTitle[],
  rounds: ReadonlyMap<string, readonly number[]>,
): ChainResult[] {
  const roundsOf = (id: string): readonly number[] => rounds.get(id) ?? [];
  const overEmpty = (id: string): Summary =>
    summarize(pairedDifferences(roundsOf(id), roundsOf(EMPTY_CHAIN)));
  return chains.map(({ id, title, counterpart }) => {
    const own = { id, title, rounds: [...roundsOf(id)], microseconds: summarize(roundsOf(id)) };
    const result: ChainResult = { ...own, overEmpty: overEmpty(id) };
    if (counterpart === undefined || !rounds.has(counterpart)) return result;
    return { ...result, counterpart, ratio: result.overEmpty.median / overEmpty(counterpart).median };
  });
}

/** The setting, the table and the comparisons, ready to print. */
export function formatReport(setting: Setting, results: readonly ChainResult[]): string {
  const head = ["chain", "µs/request", "range", "over empty", "range", "of native"];
  const rows = results.map((result) => [
    result.title,
    ...cells(result.microseconds),
    ...(result.id === EMPTY_CHAIN ? ["–", "–"] : cells(result.overEmpty)),
    result.ratio === undefined ? "–" : `${result.ratio.toFixed(2)}×`,
  ]);
  const { envoy, cpu, cores, rounds, requests, connections } = setting;
  return [
    `Envoy ${envoy} with one worker, ${cores} cores of ${cpu}`,
    `${rounds} rounds, ${requests} requests a round and chain, ${connections} connections`,
    "CPU time of the Envoy process per request: median and range of the rounds",
    "",
    ...formatTable([head, ...rows]),
    "",
    ...comparisons(results),
  ].join("\n");
}

function comparisons(results: readonly ChainResult[]): string[] {
  const over = (id: string): number | undefined =>
    results.find((result) => result.id === id)?.overEmpty.median;
  const compare = (subject: string, own: string, native: string, nativeTitle: string): string[] => {
    const [ours, theirs] = [over(own), over(native)];
    if (ours === undefined || theirs === undefined) return [];
    const share = ((ours / theirs) * 100).toFixed(0);
    return [
      `${subject}: ${ours.toFixed(1)} µs over empty, ${nativeTitle} ${theirs.toFixed(1)} µs (${share} %)`,
    ];
  };
  return [
    ...compare("repeated token", "tollgate", "native-cached", "native with its cache on"),
    ...compare("distinct tokens", "tollgate-distinct", "native", "native without cache"),
    ...compare("repeated token, as Istio runs it", "tollgate", "native", "native without cache"),
  ];
}

function cells({ median, min, max }: Summary): string[] {
  return [median.toFixed(1), `${min.toFixed(1)} to ${max.toFixed(1)}`];
}

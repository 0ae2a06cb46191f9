/** From the rounds to what is printed: a table, and Tollgate beside what it is meant to reach. */
import { availableParallelism, cpus } from "node:os";
import { type Chain, EMPTY_CHAIN } from "./chains.ts";
import { type Figure, formatFigures } from "./figures.ts";
import { pairedDifferences, type Summary, summarize } from "./statistics.ts";
import { formatTable } from "./table.ts";

/** What many policies or issuers may add to a request. */
const MAX_GROWTH_MICROSECONDS = 1;

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
  const figures = goals(results);
  return [
    `Envoy ${envoy} with one worker, ${cores} cores of ${cpu}`,
    `${rounds} rounds, ${requests} requests a round and chain, ${connections} connections`,
    "CPU time of the Envoy process per request: median and range of the rounds",
    "",
    ...formatTable([head, ...rows]),
    ...(figures.length === 0 ? [] : ["", formatFigures(figures)]),
  ].join("\n");
}

/** Tollgate beside what it is meant to reach; what was not measured is left out. */
function goals(results: readonly ChainResult[]): Figure[] {
  const find = (id: string): ChainResult | undefined => results.find((result) => result.id === id);
  const share = (what: string, own: string, native: string, goal?: number): Figure[] => {
    const [ours, theirs] = [find(own), find(native)];
    if (ours === undefined || theirs === undefined) return [];
    const value = ours.overEmpty.median / theirs.overEmpty.median;
    return [{ what, value, unit: "×", ...(goal !== undefined && { goal }) }];
  };
  const growth = (what: string, few: string, many: string): Figure[] => {
    const [less, more] = [find(few), find(many)];
    if (less === undefined || more === undefined) return [];
    const { median } = summarize(pairedDifferences(more.rounds, less.rounds));
    return [{ what, value: median, unit: "µs", goal: MAX_GROWTH_MICROSECONDS }];
  };
  return [
    ...share("repeated token, of native with its cache on", "tollgate", "native-cached", 1),
    ...share("distinct tokens, of native without cache", "tollgate-distinct", "native", 0.85),
    ...share("repeated token, of native without cache, as Istio runs it", "tollgate", "native"),
    ...growth("from 10 to 10,000 policies", "tollgate-10-policies", "tollgate-10000-policies"),
    ...growth("from 1 to 1,000 issuers", "tollgate-1-issuers", "tollgate-1000-issuers"),
  ];
}

function cells({ median, min, max }: Summary): string[] {
  return [median.toFixed(1), `${min.toFixed(1)} to ${max.toFixed(1)}`];
}

/**
 * The measurement on the ingress gateway of a real cluster: the same requests with no check, with Tollgate's, and with
 * Istio's own, which take turns. The gateway passes every request on to a workload.
 */
import { announce } from "../../tools/setup/step.ts";
import { EMPTY_CHAIN } from "./chains.ts";
import { type Checks, type ClusterGateway, startClusterGateway } from "./cluster-gateway.ts";
import { cpuNanoseconds } from "./cpu.ts";
import { LoadGenerator } from "./load.ts";
import type { BenchOptions } from "./options.ts";
import { type ChainTitle, type Report, settingOf, summarizeChains } from "./report.ts";
import { prepareRequests, type Requests } from "./requests.ts";
import { cycle, rotate } from "./sequences.ts";
import { createSigningKey } from "./tokens.ts";

/** A check, and what is sent while it is in force. */
interface Subject extends ChainTitle {
  check: keyof Checks;
  tokens: keyof Requests;
}

/** Sent over fresh connections before each measured round. */
const WARM_UP_REQUESTS = 1_000;

const SUBJECTS: readonly Subject[] = [
  { id: EMPTY_CHAIN, title: "no check", check: "none", tokens: "repeated" },
  {
    id: "native",
    title: "RequestAuthentication + AuthorizationPolicy, repeated token",
    check: "istio",
    tokens: "repeated",
  },
  {
    id: "tollgate",
    title: "Tollgate, repeated token",
    check: "tollgate",
    tokens: "repeated",
    counterpart: "native",
  },
  {
    id: "tollgate-distinct",
    title: "Tollgate, distinct tokens",
    check: "tollgate",
    tokens: "distinct",
    counterpart: "native",
  },
];

/**
 * Starts a control plane, measures, and stops it.
 *
 * @throws StepError when a check does not come into force
 * @throws Error that quotes an answer other than 200
 */
export async function measureCluster(options: BenchOptions): Promise<Report> {
  const key = createSigningKey();
  const requests = await prepareRequests(key, options.rounds * (options.requests + WARM_UP_REQUESTS));
  const gateway = await startClusterGateway(key, (message) => announce("bench", message));
  try {
    const rounds = new Map(SUBJECTS.map(({ id }) => [id, [] as number[]]));
    const next = { repeated: cycle(requests.repeated), distinct: cycle(requests.distinct) };
    for (let round = 0; round < options.rounds; round++) {
      announce("bench", `round ${round + 1} of ${options.rounds}`);
      for (const { id, check, tokens } of rotate(SUBJECTS, round)) {
        await gateway.use(gateway.checks[check]);
        rounds.get(id)?.push(await measureRound(gateway, next[tokens], options));
      }
    }
    return {
      setting: settingOf(await versionOf(gateway), options),
      results: summarizeChains(SUBJECTS, rounds),
    };
  } finally {
    await gateway.stop();
  }
}

/** CPU microseconds of Envoy per request. */
async function measureRound(
  { port, pid }: ClusterGateway,
  next: () => Buffer,
  { requests, connections }: BenchOptions,
): Promise<number> {
  const load = await LoadGenerator.open(port, connections);
  try {
    await load.send(Math.min(WARM_UP_REQUESTS, requests), next);
    const before = cpuNanoseconds(pid);
    await load.send(requests, next);
    return (cpuNanoseconds(pid) - before) / 1_000 / requests;
  } finally {
    load.close();
  }
}

async function versionOf({ adminUrl }: ClusterGateway): Promise<string> {
  const { version } = (await (await fetch(`${adminUrl}/server_info`)).json()) as { version: string };
  return version.split("/")[1] ?? version;
}

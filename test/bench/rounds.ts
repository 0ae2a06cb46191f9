/** The measurement: rounds that alternate over the chains, each timed by Envoy's own CPU clock. */
import { announce, StepError } from "../../tools/setup/step.ts";
import type { Chain } from "./chains.ts";
import { cpuNanoseconds } from "./cpu.ts";
import type { EnvoyProcess } from "./envoy-process.ts";
import { LoadGenerator } from "./load.ts";
import type { Requests } from "./requests.ts";
import { cycle, rotate } from "./sequences.ts";

/** How far the proof of a chain may be off, in counts per request. */
const PROOF_TOLERANCE = 0.02;

/** How much is sent, and how often. */
interface Load {
  rounds: number;
  /** Per round and chain. */
  requests: number;
  /** Per chain, before the first round; not measured. */
  warmUpRequests: number;
  connections: number;
}

/**
 * CPU microseconds per request of each chain, a value a round.
 *
 * @throws StepError when an answer has another status than expected, or when a counter shows that a chain did not
 * do what its title says
 */
export async function measure(
  envoy: EnvoyProcess,
  chains: readonly Chain[],
  requests: Requests,
  options: Load,
): Promise<Map<string, number[]>> {
  const runs = await openRuns(envoy, chains, requests, options);
  announce("bench", "warm-up");
  for (const run of runs) await run.send(options.warmUpRequests);
  for (let round = 0; round < options.rounds; round++) {
    announce("bench", `round ${round + 1} of ${options.rounds}`);
    for (const run of rotate(runs, round)) await run.measureRound(options.requests);
  }
  for (const run of runs) run.close();
  return new Map(runs.map((run) => [run.chain.id, run.microseconds]));
}

class ChainRun {
  readonly chain: Chain;
  /** Per request, a value a round. */
  readonly microseconds: number[] = [];
  private readonly envoy: EnvoyProcess;
  private readonly load: LoadGenerator;
  private readonly nextRequest: () => Buffer;

  constructor(chain: Chain, envoy: EnvoyProcess, load: LoadGenerator, nextRequest: () => Buffer) {
    this.chain = chain;
    this.envoy = envoy;
    this.load = load;
    this.nextRequest = nextRequest;
  }

  async send(count: number): Promise<void> {
    try {
      await this.load.send(count, this.nextRequest);
    } catch (error) {
      throw new StepError(`${this.chain.title}: ${error instanceof Error ? error.message : String(error)}`);
    }
  }

  async measureRound(count: number): Promise<void> {
    const countedBefore = await this.readProof();
    const before = cpuNanoseconds(this.envoy.pid);
    await this.send(count);
    this.microseconds.push((cpuNanoseconds(this.envoy.pid) - before) / 1_000 / count);
    this.checkProof(((await this.readProof()) - countedBefore) / count);
  }

  close(): void {
    this.load.close();
  }

  private async readProof(): Promise<number> {
    return this.chain.proof ? this.envoy.counter(this.chain.proof.counter) : 0;
  }

  private checkProof(perRequest: number): void {
    const { title, proof } = this.chain;
    if (!proof || Math.abs(perRequest - proof.perRequest) <= PROOF_TOLERANCE) return;
    throw new StepError(
      `${title}: ${proof.counter} grew by ${perRequest} a request, expected ${proof.perRequest}`,
    );
  }
}

async function openRuns(
  envoy: EnvoyProcess,
  chains: readonly Chain[],
  requests: Requests,
  options: Load,
): Promise<ChainRun[]> {
  const ports = await envoy.listenerPorts();
  return Promise.all(
    chains.map(async (chain) => {
      const port = ports.get(chain.id);
      if (port === undefined) throw new StepError(`Envoy has no listener for ${chain.title}`);
      await checkWithoutToken(chain, port);
      const load = await LoadGenerator.open(port, options.connections);
      return new ChainRun(chain, envoy, load, cycle(requests[chain.tokens]));
    }),
  );
}

async function checkWithoutToken({ title, statusWithoutToken }: Chain, port: number): Promise<void> {
  const { status } = await fetch(`http://127.0.0.1:${port}/orders`);
  if (status === statusWithoutToken) return;
  throw new StepError(`${title}: answered ${status} without a token, expected ${statusWithoutToken}`);
}

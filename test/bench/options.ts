/** The command line of the benchmark. */
import { Command, InvalidArgumentError, Option } from "commander";

export interface BenchOptions {
  cluster: boolean;
  rounds: number;
  /** Per round and chain. */
  requests: number;
  connections: number;
  /** Ids of chains; absent: all. */
  only?: string[];
  scale: boolean;
  /** File to write the figures to. */
  json?: string;
}

/** Reads `process.argv`; a wrong option is reported and ends the process. */
export function parseOptions(): BenchOptions {
  return new Command("npm run bench --")
    .description("CPU microseconds of Envoy per request: no filter, Tollgate, native jwt_authn + RBAC")
    .option("--rounds <n>", "rounds over all chains", parseCount, 5)
    .option("--requests <n>", "requests a round and chain", parseCount, 20_000)
    .option("--connections <n>", "connections, each with one request in flight", parseCount, 32)
    .option("--only <chain...>", "measure only these chains and the one without a filter")
    .option("--no-scale", "leave out Tollgate with 10 and 10,000 policies, 1 and 1,000 issuers")
    .addOption(
      new Option("--cluster", "on the ingress gateway of a real cluster, beside Istio's own checks")
        .default(false)
        .conflicts("only"),
    )
    .option("--json <file>", "write the figures to this file")
    .parse()
    .opts<BenchOptions>();
}

function parseCount(text: string): number {
  if (!/^[1-9]\d*$/.test(text)) throw new InvalidArgumentError("must be a whole number of at least 1");
  return Number(text);
}

/**
 * `npm run bench`: CPU microseconds of Envoy per request, for Tollgate and for Envoy's own filters, side by side
 * on one Envoy.
 */
import { existsSync, writeFileSync } from "node:fs";
import { filterPath } from "../../controller/standalone/installation.ts";
import { ensureEnvoy } from "../../tools/setup/envoy.ts";
import { announce, runScript, StepError } from "../../tools/setup/step.ts";
import { buildChains, type Chain, EMPTY_CHAIN } from "./chains.ts";
import { measureCluster } from "./cluster.ts";
import { bootstrap } from "./envoy-config.ts";
import { EnvoyProcess } from "./envoy-process.ts";
import { type BenchOptions, parseOptions } from "./options.ts";
import { formatReport, type Report, settingOf, summarizeChains } from "./report.ts";
import { prepareRequests } from "./requests.ts";
import { measure } from "./rounds.ts";
import { createSigningKey } from "./tokens.ts";

const WARM_UP_REQUESTS = 2_000;

async function main(): Promise<void> {
  const options = parseOptions();
  const measureChains = options.cluster ? measureCluster : measureListeners;
  const { setting, results } = await measureChains(options);
  process.stdout.write(`${formatReport(setting, results)}\n`);
  if (options.json)
    writeFileSync(options.json, `${JSON.stringify({ setting, chains: results }, undefined, 2)}\n`);
}

async function measureListeners(options: BenchOptions): Promise<Report> {
  const binary = await ensureEnvoy();
  const wasmFile = filterPath();
  if (!existsSync(wasmFile)) throw new StepError("The filter is not built. Run: npm run build");
  const key = createSigningKey();
  const chains = selectChains(buildChains(key, wasmFile, options.scale), options.only);
  const load = { ...options, warmUpRequests: Math.min(WARM_UP_REQUESTS, options.requests) };
  const distinct = chains.some((chain) => chain.tokens === "distinct");
  const requests = await prepareRequests(
    key,
    distinct ? load.rounds * load.requests + load.warmUpRequests : 1,
  );

  announce("bench", `starting Envoy with ${chains.length} listeners`);
  const envoy = await EnvoyProcess.start(binary, bootstrap(chains));
  const rounds = await measure(envoy, chains, requests, load);
  const setting = settingOf(await envoy.version(), options);
  await envoy.stop();

  return { setting, results: summarizeChains(chains, rounds) };
}

function selectChains(chains: Chain[], only: readonly string[] | undefined): Chain[] {
  if (!only) return chains;
  const known = chains.map((chain) => chain.id);
  const unknown = only.filter((id) => !known.includes(id));
  if (unknown.length > 0) {
    throw new StepError(`Unknown chain: ${unknown.join(", ")}. There are: ${known.join(", ")}`);
  }
  return chains.filter((chain) => chain.id === EMPTY_CHAIN || only.includes(chain.id));
}

process.once("SIGINT", () => process.exit(130));
process.once("SIGTERM", () => process.exit(143));
await runScript(main);

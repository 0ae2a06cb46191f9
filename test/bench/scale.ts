/**
 * `npm run bench -- scale`: the controller with very many APIRules, on a real API server with istiod and the gateway,
 * and with the rights that it is deployed with.
 */
import { availableParallelism, cpus } from "node:os";
import { Command, InvalidArgumentError } from "commander";
import { announce, runScript } from "../../tools/setup/step.ts";
import type { Replica } from "../cluster/support/replica.ts";
import { cpuNanoseconds } from "./cpu.ts";
import { type Figure, formatFigures } from "./figures.ts";
import { type ScaleCluster, startScaleCluster } from "./scale/cluster.ts";
import { measureEdits } from "./scale/edits.ts";
import { memoryOf } from "./scale/process-usage.ts";
import { measureRest, measureRestart, untilQuiet } from "./scale/rest.ts";
import { measureRollout } from "./scale/rollout.ts";

interface ScaleOptions {
  apiRules: number;
  edits: number;
  rest: number;
}

const MEMORY_GOAL_MIB = 400;
const onProgress = (message: string) => announce("bench", message);

await runScript(async () => {
  const options = parseOptions();
  const cluster = await startScaleCluster(onProgress);
  const figures: Figure[] = [];
  try {
    await measure(cluster, options, figures);
  } finally {
    await cluster.stop();
    const machine = `${availableParallelism()} cores of ${cpus()[0]?.model.trim()}, shared by the whole cluster`;
    process.stdout.write(`\n${machine}\n\n${formatFigures(figures)}\n`);
  }
});

function parseOptions(): ScaleOptions {
  return new Command("npm run bench -- scale")
    .description("The controller with very many APIRules in a real cluster")
    .option("--api-rules <n>", "APIRules", parseCount, 10_000)
    .option("--edits <n>", "edits, one after the other", parseCount, 50)
    .option("--rest <seconds>", "time in which nothing is asked for", parseCount, 60)
    .parse(process.argv.slice(3), { from: "user" })
    .opts<ScaleOptions>();
}

async function measure(cluster: ScaleCluster, options: ScaleOptions, figures: Figure[]): Promise<void> {
  const replica = await cluster.startController();
  figures.push(...(await measureRollout(cluster, replica, options.apiRules, onProgress)));
  figures.push(...usageOf(replica, "until then"));
  onProgress("waiting until nothing is left to be done");
  await untilQuiet(replica);
  onProgress(`${options.edits} edits`);
  figures.push(...(await measureEdits(cluster, options.edits, options.apiRules)));
  figures.push(...(await pluginBytes(cluster)));
  await untilQuiet(replica);
  onProgress(`${options.rest} s of rest`);
  figures.push(...(await measureRest(cluster, replica, options.rest)), ...usageOf(replica, "in all"));
  await replica.stop();
  onProgress("a restart");
  const restart = await measureRestart(cluster);
  figures.push(...restart.figures, ...usageOf(restart.replica, "after the restart"));
  await restart.replica.stop();
}

function usageOf({ pid }: Replica, when: string): Figure[] {
  const cpu = cpuNanoseconds(pid) / 1e9;
  return [
    { what: `CPU time of the controller ${when}`, value: cpu, unit: "s" },
    {
      what: `largest memory of the controller ${when}`,
      value: memoryOf(pid).peak,
      unit: "MiB",
      goal: MEMORY_GOAL_MIB,
    },
  ];
}

async function pluginBytes({ controlPlane }: ScaleCluster): Promise<Figure[]> {
  const list = await controlPlane.kubectl("get", "wasmplugins", "--all-namespaces", "-ojson");
  const { items } = JSON.parse(list) as { items: { metadata: { name: string }; spec: object }[] };
  return items.map(({ metadata, spec }) => ({
    what: `spec of WasmPlugin ${metadata.name}`,
    value: Buffer.byteLength(JSON.stringify(spec)),
    unit: "bytes",
  }));
}

function parseCount(text: string): number {
  if (!/^[1-9]\d*$/.test(text)) throw new InvalidArgumentError("must be a whole number of at least 1");
  return Number(text);
}

/**
 * `npm run soak`: a million distinct tokens, introspected ones, and a thousand configurations through the filter, and
 * fewer through a real Envoy. Exits 1 where memory grew after the first tenth of any of them.
 */
import { Command } from "commander";
import { ENVOY_NOISE_BYTES, soakEnvoy } from "../test/soak/envoy.ts";
import { type Soaked, soakVm } from "../test/soak/vm.ts";
import { buildFilter } from "./build/filter.ts";
import { announce, runScript } from "./setup/step.ts";

const WARM_UP = 0.1;
const MEBIBYTE = 1024 * 1024;

new Command("npm run soak --")
  .description("Counts the memory of the filter under many tokens and configurations; fails where it grows.")
  .parse();
await runScript(async () => {
  await buildFilter();
  announce("soak", "the filter in Node.js: about a minute");
  const vm = soakVm({ tokens: 1_000_000, opaqueTokens: 200_000, configurations: 1_000, warmUp: WARM_UP });
  announce("soak", "the filter in Envoy: some minutes");
  const envoy = await soakEnvoy({ tokens: 100_000, configurations: 1_000, warmUp: WARM_UP });
  console.log("work                         count  seconds  MiB when warm  MiB at most");
  for (const soaked of [...vm, ...envoy]) console.log(row(soaked));
  const grown = [...vm.filter(grewBy(0)), ...envoy.filter(grewBy(ENVOY_NOISE_BYTES))];
  for (const { work } of grown) console.error(`${work}: memory grew`);
  if (grown.length > 0) process.exitCode = 1;
});

function row({ work, count, seconds, warmBytes, mostBytes }: Soaked): string {
  const [warm, most] = [warmBytes, mostBytes].map((bytes) => (bytes / MEBIBYTE).toFixed(1));
  return `${work.padEnd(24)}${`${count}`.padStart(10)}${seconds.toFixed(0).padStart(9)}${warm?.padStart(15)}${most?.padStart(13)}`;
}

function grewBy(noise: number): (soaked: Soaked) => boolean {
  return ({ warmBytes, mostBytes }) => mostBytes > warmBytes + noise;
}

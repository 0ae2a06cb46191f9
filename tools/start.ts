/**
 * `npm start [-- --port N ...]`: installs and builds what is missing, then runs the demo: issuers, an upstream and
 * the gateway with the APIRules of deploy/samples/standalone. Ctrl-C stops everything.
 */
import { join } from "node:path";
import { Command, InvalidArgumentError } from "commander";
import { buildController } from "./build/controller.ts";
import { buildFilter } from "./build/filter.ts";
import { type Demo, startDemo } from "./demo/demo.ts";
import { describeDemo } from "./demo/describe.ts";
import {
  DEFAULT_PORTS,
  type DemoPorts,
  PORT_FLAGS,
  prepareConfigFolder,
  requireFreePorts,
} from "./demo/ports.ts";
import { ensureEnvoy } from "./setup/envoy.ts";
import { announce, runScript, StepError } from "./setup/step.ts";

const SAMPLES = join("deploy", "samples", "standalone");
const COPY_OF_SAMPLES = join(".cache", "start", "standalone");

await runScript(async () => {
  const { ports, build } = parseCommandLine(process.argv);
  await requireFreePorts(ports);
  if (build) await setUpAndBuild();
  const configFolder = await prepareConfigFolder(SAMPLES, COPY_OF_SAMPLES, ports);
  announce("start", `issuers, upstream and gateway, serving ${configFolder}`);
  const interrupted = awaitInterrupt();
  const demo = await Promise.race([startDemo(ports, configFolder), interrupted]);
  if (demo === "interrupted") process.exit(0);
  process.stdout.write(describeDemo(demo, configFolder));
  await runUntilEnd(demo, interrupted);
});

async function setUpAndBuild(): Promise<void> {
  await ensureEnvoy();
  await buildFilter();
  await buildController();
}

async function runUntilEnd(demo: Demo, interrupted: Promise<"interrupted">): Promise<void> {
  const end = await Promise.race([demo.gatewayEnded, interrupted]);
  await demo.stop();
  if (end !== "interrupted") throw new StepError(`the gateway ${end.reason}; everything else is stopped too`);
  announce("start", "everything is stopped");
}

function awaitInterrupt(): Promise<"interrupted"> {
  return new Promise((resolve) => {
    for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const)
      process.on(signal, () => resolve("interrupted"));
  });
}

function parseCommandLine(commandLine: string[]): { ports: DemoPorts; build: boolean } {
  const program = new Command("npm start --").description("Runs the demo on this machine.");
  const ports = { ...DEFAULT_PORTS };
  for (const [part, flag] of Object.entries(PORT_FLAGS) as [keyof DemoPorts, string][]) {
    program.option(`${flag} <number>`, `port of the ${part} (default ${DEFAULT_PORTS[part]})`, (value) => {
      ports[part] = parsePort(value);
    });
  }
  program.option("--no-build", "run what was built before");
  return { ports, build: program.parse(commandLine).opts<{ build: boolean }>().build };
}

function parsePort(value: string): number {
  const port = Number(value);
  if (Number.isInteger(port) && port > 0 && port < 65_536) return port;
  throw new InvalidArgumentError("It must be a number from 1 to 65535.");
}

/** `tollgate standalone`: Envoy with the manifests of a folder in force, without a cluster. */
import { resolve } from "node:path";
import { Command, Option } from "commander";
import { createLogger, LOG_LEVELS, type LogLevel } from "../log.ts";
import { runStandalone } from "../standalone/standalone.ts";
import { integer } from "./integer-option.ts";
import { runUntilSignal } from "./run-until-signal.ts";

interface Options {
  config: string;
  port?: number;
  adminPort?: number;
  concurrency?: number;
  accessLog?: string;
  logLevel: LogLevel;
  keyRefresh?: number;
}

const MAX_PORT = 65_535;
const MAX_WORKERS = 1_024;
const MAX_REFRESH_SECONDS = 86_400;

/** The subcommand, for `tollgate`. Sets the exit code of the process. */
export function standaloneCommand(): Command {
  return new Command("standalone")
    .description("Run Envoy with the APIRules of a folder in force, and follow their changes.")
    .requiredOption("-c, --config <folder>", "folder of the manifests: APIRule, Gateway, Service, Secret")
    .option(
      "-p, --port <number>",
      "replaces the port of the only HTTP server; 0 for a free one",
      integer(0, MAX_PORT),
    )
    .option(
      "--admin-port <number>",
      "port of Envoy's admin interface; a free one by default",
      integer(0, MAX_PORT),
    )
    .option(
      "--concurrency <number>",
      "worker threads of Envoy; one for each CPU by default",
      integer(1, MAX_WORKERS),
    )
    .option("--access-log <file>", "write an access log in JSON lines")
    .addOption(new Option("--log-level <level>", "lowest level to log").choices(LOG_LEVELS).default("info"))
    .option(
      "--key-refresh <seconds>",
      "time between two fetches of keys whose issuer names none; 60 by default",
      integer(1, MAX_REFRESH_SECONDS),
    )
    .action(async (options: Options) => {
      process.exitCode = await run(options);
    });
}

/** @returns the exit code */
async function run({ config, accessLog, keyRefresh, logLevel, ...options }: Options): Promise<number> {
  return runUntilSignal(async (signal) => {
    await runStandalone(
      {
        ...options,
        folder: resolve(config),
        ...(accessLog !== undefined && { accessLog: resolve(accessLog) }),
        ...(keyRefresh !== undefined && { keyRefreshSeconds: keyRefresh }),
        log: createLogger(logLevel),
        signal,
      },
      ({ gateway, admin }) => process.stdout.write(`ready ${gateway} admin ${admin}\n`),
    );
  });
}

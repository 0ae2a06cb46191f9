/** `tollgate translate`: prints what APIRules become, without a cluster and without changing anything. */
import { Command, Option } from "commander";
import { checkClientCredentials } from "../model/client-credentials.ts";
import type { Translation } from "../model/exposure.ts";
import { readMesh } from "../model/mesh.ts";
import { checkGateways, checkServices } from "../render/envoy/index.ts";
import { asLines, type CommandIo, processIo } from "./command-io.ts";
import { type FetchedKeys, fetchKeys } from "./fetch-keys.ts";
import { judgeFiles } from "./judged-files.ts";
import type { ManifestFiles } from "./manifest-files.ts";
import { formatOutput, OUTPUT_FORMATS, type OutputFormat } from "./output.ts";

interface TranslateOptions {
  /** Files and folders; `-` is the standard input. */
  filename: string[];
  output: OutputFormat;
  fetchKeys?: boolean;
  gatewayNamespace: string;
  wasmUrl: string;
  wasmSha256?: string;
}

const KEYS_NOT_FETCHED =
  "keys are not fetched: the key sets are empty, so no token can be verified (--fetch-keys fetches them)";

/** The subcommand, for `tollgate`. */
export function translateCommand(io: CommandIo = processIo): Command {
  return new Command("translate")
    .description("Print what APIRules become. Files may also hold their Gateways, Services and Secrets.")
    .requiredOption(
      "-f, --filename <file...>",
      "manifests in YAML or JSON, or folders of them; - reads standard input",
    )
    .addOption(
      new Option("-o, --output <format>", "what to print").choices(OUTPUT_FORMATS).default(OUTPUT_FORMATS[0]),
    )
    .option("--fetch-keys", "fetch the keys of the issuers; without it key sets are empty")
    .option("--gateway-namespace <namespace>", "namespace of the gateway workloads", "istio-system")
    .option("--wasm-url <url>", "where gateways get the filter", "file:///etc/tollgate/tollgate.wasm")
    .option("--wasm-sha256 <digest>", "SHA-256 of the filter in hexadecimal")
    .action(async (options: TranslateOptions) => {
      io.setExitCode(await runTranslate(options, io));
    });
}

/**
 * Translates, prints, and returns the exit code: 1 when anything is refused, and then nothing is printed on
 * standard output. Problems and warnings go to standard error, one line each.
 */
async function runTranslate(options: TranslateOptions, io: CommandIo): Promise<number> {
  const report = (lines: readonly string[]) => io.stderr(asLines(lines));
  const { manifests, translation, warnings, ...judged } = await judgeFiles(options.filename, io, {
    isForCluster: options.output === "istio",
    gatewayNamespace: options.gatewayNamespace,
  });
  report(warnings);
  const problems = [...judged.problems, ...unservable(manifests, translation, options.output)];
  if (problems.length > 0) {
    report(problems);
    return 1;
  }
  const { keys, ...fetched } = await keysFor(translation, options.fetchKeys === true);
  report([...fetched.warnings, ...fetched.problems]);
  if (fetched.problems.length > 0) return 1;
  const { gatewayNamespace: namespace, wasmUrl: url, wasmSha256: sha256 } = options;
  const istio = { namespace, url, ...(sha256 === undefined ? {} : { sha256 }) };
  io.stdout(formatOutput(options.output, { translation, resources: manifests.resources, keys, istio }));
  return 0;
}

/** What a machine without a cluster cannot serve. */
function unservable(
  manifests: ManifestFiles,
  { results, policySet }: Translation,
  output: OutputFormat,
): string[] {
  if (output !== "envoy") return [];
  const { gateways = [], services = [], secrets, meshConfigs } = manifests.resources;
  const exposures = results.flatMap(({ exposure }) => exposure ?? []);
  const problems = [
    ...checkGateways(gateways, secrets && { secrets }),
    ...checkServices(exposures, services, meshConfigs && readMesh(meshConfigs[0])),
    ...(secrets === undefined ? [] : checkClientCredentials(exposures, policySet, secrets)),
  ];
  return problems.map(manifests.locate);
}

async function keysFor({ policySet }: Translation, fetch: boolean): Promise<FetchedKeys> {
  if (fetch) return fetchKeys(policySet.keySources);
  const warnings = policySet.keySources.length > 0 ? [KEYS_NOT_FETCHED] : [];
  return { keys: new Map(), problems: [], warnings };
}

/** `tollgate translate`: prints what APIRules become, without a cluster and without changing anything. */
import { readFile } from "node:fs/promises";
import { text } from "node:stream/consumers";
import { Command, Option } from "commander";
import type { Translation } from "../model/exposure.ts";
import { translate } from "../model/translate.ts";
import { checkGateways, checkServices } from "../render/envoy/index.ts";
import { type FetchedKeys, fetchKeys } from "./fetch-keys.ts";
import { apiRuleProblem, type ManifestFiles, readManifestFiles } from "./manifest-files.ts";
import { formatOutput, OUTPUT_FORMATS, type OutputFormat } from "./output.ts";

/** The streams of a command, and its exit code. */
export interface CommandIo {
  stdin(): Promise<string>;
  stdout(text: string): void;
  stderr(text: string): void;
  setExitCode(code: number): void;
}

interface TranslateOptions {
  /** Paths; `-` is the standard input. */
  filename: string[];
  output: OutputFormat;
  fetchKeys?: boolean;
  gatewayNamespace: string;
  wasmUrl: string;
  wasmSha256?: string;
}

const processIo: CommandIo = {
  stdin: () => text(process.stdin),
  stdout: (chunk) => process.stdout.write(chunk),
  stderr: (chunk) => process.stderr.write(chunk),
  setExitCode: (code) => {
    process.exitCode = code;
  },
};

const KEYS_NOT_FETCHED =
  "keys are not fetched: the key sets are empty, so no token can be verified (--fetch-keys fetches them)";

/** The subcommand, for `tollgate`. */
export function translateCommand(io: CommandIo = processIo): Command {
  return new Command("translate")
    .description("Print what APIRules become. Files may also hold their Gateways, Services and Secrets.")
    .requiredOption("-f, --filename <file...>", "manifests in YAML or JSON; - reads standard input")
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
  const report = (lines: readonly string[]) => io.stderr(lines.map((line) => `${line}\n`).join(""));
  const manifests = await readManifestFiles(options.filename, (file) =>
    file === "-" ? io.stdin() : readFile(file, "utf8"),
  );
  const translation = translate(manifests.resources);
  report(warningsOf(manifests, translation));
  const problems = problemsOf(manifests, translation, options.output);
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

function warningsOf(manifests: ManifestFiles, { results }: Translation): string[] {
  const warnings = results.flatMap(({ apiRule, warnings }) =>
    warnings.map(({ path, message }) =>
      manifests.locate(apiRuleProblem(apiRule, { path, message: `warning: ${message}` })),
    ),
  );
  return [...manifests.warnings, ...warnings];
}

function problemsOf(manifests: ManifestFiles, { results }: Translation, output: OutputFormat): string[] {
  const { apiRules, gateways = [], services = [], secrets } = manifests.resources;
  const exposures = results.flatMap(({ exposure }) => exposure ?? []);
  const refused = results.flatMap(({ apiRule, problems }) =>
    problems.map((problem) => apiRuleProblem(apiRule, problem)),
  );
  if (output === "envoy") {
    refused.push(...checkGateways(gateways, secrets && { secrets }), ...checkServices(exposures, services));
  }
  const problems = [...manifests.problems, ...refused.map(manifests.locate)];
  return problems.length === 0 && apiRules.length === 0 ? ["no APIRule in the given files"] : problems;
}

async function keysFor({ policySet }: Translation, fetch: boolean): Promise<FetchedKeys> {
  if (fetch) return fetchKeys(policySet.keySources);
  const warnings = policySet.keySources.length > 0 ? [KEYS_NOT_FETCHED] : [];
  return { keys: new Map(), problems: [], warnings };
}

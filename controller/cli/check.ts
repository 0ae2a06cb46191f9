/** `tollgate check`: says what the controller would say about APIRules, without a cluster. */
import { Command, Option } from "commander";
import type { ApiRuleResult } from "../model/exposure.ts";
import type { Resources } from "../model/manifests.ts";
import { asLines, type CommandIo, processIo } from "./command-io.ts";
import { type JudgedFiles, judgeFiles } from "./judged-files.ts";

const OUTPUT_FORMATS = ["text", "json"] as const;

/** Completes short hosts where there is no Gateway to do it (RFC 6761, section 6.4). */
const UNKNOWN_DOMAIN = "invalid";

interface CheckOptions {
  /** Files and folders; `-` is the standard input. */
  filename: string[];
  output: (typeof OUTPUT_FORMATS)[number];
}

/** The subcommand, for `tollgate`. */
export function checkCommand(io: CommandIo = processIo): Command {
  return new Command("check")
    .description(
      "Say whether APIRules are accepted. Files may also hold the Gateways, VirtualServices, Services and Secrets, and " +
        "the ConfigMap with the mesh configuration.",
    )
    .requiredOption(
      "-f, --filename <file...>",
      "manifests in YAML or JSON, or folders of them; - reads standard input",
    )
    .addOption(
      new Option("-o, --output <format>", "how to print").choices(OUTPUT_FORMATS).default(OUTPUT_FORMATS[0]),
    )
    .addHelpText("after", "\nThe exit status is 0 if everything is accepted, also with warnings, and else 1.")
    .action(async ({ filename, output }: CheckOptions) => {
      const judged = await judgeFiles(filename, io, { isForCluster: true, assumedDomain: UNKNOWN_DOMAIN });
      if (output === "json") io.stdout(`${JSON.stringify(asDocument(judged), null, 2)}\n`);
      else printText(judged, io);
      io.setExitCode(judged.problems.length > 0 ? 1 : 0);
    });
}

/** Verdicts on standard output; problems, warnings and notes on standard error, one line each. */
function printText({ manifests, translation, problems, warnings }: JudgedFiles, io: CommandIo): void {
  io.stdout(asLines(translation.results.map(verdictOf)));
  io.stderr(asLines([...problems, ...warnings, ...notesOn({ ...manifests, translation })]));
}

function verdictOf({ apiRule, exposure }: ApiRuleResult): string {
  return `APIRule ${apiRule.namespace}/${apiRule.name}: ${exposure === undefined ? "refused" : "accepted"}`;
}

function asDocument({ manifests, translation, problems, warnings }: JudgedFiles): object {
  return {
    accepted: problems.length === 0,
    problems,
    warnings,
    notes: notesOn({ ...manifests, translation }),
    apiRules: translation.results.map(({ apiRule, exposure, ...findings }) => ({
      ...apiRule,
      accepted: exposure !== undefined,
      problems: findings.problems,
      warnings: findings.warnings,
    })),
  };
}

/** What could not be judged, because the files do not hold what it takes. */
function notesOn({
  resources,
  translation,
}: Pick<JudgedFiles, "translation"> & { resources: Resources }): string[] {
  const { apiRules, gateways, services, meshConfigs } = resources;
  if (apiRules.length === 0) return [];
  const asksAuthorizers = translation.results.some(({ exposure }) => exposure?.externalChecks !== undefined);
  return [
    ...(gateways === undefined
      ? ["note: there is no Gateway in the files: hosts were neither completed nor compared with one"]
      : []),
    ...(services === undefined
      ? ["note: there is no Service in the files: whether Services exist was not checked"]
      : []),
    ...(asksAuthorizers && meshConfigs === undefined
      ? ["note: there is no mesh configuration in the files: whether authorizers exist was not checked"]
      : []),
  ];
}

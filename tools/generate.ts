/**
 * Writes every generated file of the repository. With `--check` it writes nothing, names each file that is not what
 * its source says, and exits 1.
 */
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname } from "node:path";
import { fileURLToPath } from "node:url";
import { formatted } from "./generate/biome.ts";
import { renderCrd } from "./generate/crd.ts";
import { renderFilterContract } from "./generate/filter-contract.ts";
import { renderPluginConfigSchema } from "./generate/plugin-config-schema.ts";
import {
  renderApiRuleReference,
  renderCounters,
  renderDenyCodes,
  renderDeviations,
} from "./generate/reference.ts";

/** One generated file: its path in the repository and what belongs there. */
interface Output {
  path: string;
  content(): string;
}

const OUTPUTS: readonly Output[] = [
  { path: "filter/assembly/contract.ts", content: renderFilterContract },
  { path: "controller/api/plugin-config.schema.json", content: renderPluginConfigSchema },
  { path: "deploy/crd/apirules.yaml", content: renderCrd },
  { path: "docs/apirule.md", content: renderApiRuleReference },
  { path: "docs/deny-codes.md", content: renderDenyCodes },
  { path: "docs/counters.md", content: renderCounters },
  { path: "docs/deviations.md", content: renderDeviations },
];

const root = new URL("../", import.meta.url);

function read(path: string): string | undefined {
  try {
    return readFileSync(new URL(path, root), "utf8");
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return undefined;
    throw error;
  }
}

function write(path: string, content: string): void {
  const file = fileURLToPath(new URL(path, root));
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, content);
}

const checkOnly = process.argv.includes("--check");
for (const { path, content } of OUTPUTS) {
  const wanted = formatted(path, content());
  if (read(path) === wanted) continue;
  if (checkOnly) {
    console.error(`${path} is not what its source says; run \`npm run generate\``);
    process.exitCode = 1;
  } else {
    write(path, wanted);
    console.log(`wrote ${path}`);
  }
}

/** Tollgate and Istio's own checks on one gateway: what each answers to the same requests. */
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, test } from "vitest";
import { packageRoot } from "../../controller/standalone/installation.ts";
import { parseEcho } from "../conformance/answer.ts";
import { mayBeReadAs } from "../conformance/lax-path.ts";
import { openClient, type RawResponse } from "../support/client.ts";
import { describeWithControlPlane } from "./environment/suite.ts";
import { describeAnswer, describePassage, formatMarkdown } from "./support/answer-table.ts";
import { useCluster } from "./support/cluster.ts";
import {
  type ComparedRequest,
  checkByIstio,
  checkByTollgate,
  credentialRequests,
  PROTECTED_PATH,
  spellingRequests,
} from "./support/compared-checks.ts";
import { normalizePaths } from "./support/path-normalization.ts";
import { startReplica } from "./support/replica.ts";

const COMPARISON_TIMEOUT_MS = 120_000;
const PAGE = join(packageRoot(), "docs", "comparison.md");
const STRONGEST = "DECODE_AND_MERGE_SLASHES";

interface Answers {
  credentials: RawResponse[];
  /** With paths normalised as Istio does by default, and as strongly as it can. */
  spellings: { base: RawResponse[]; strongest: RawResponse[] };
}

describeWithControlPlane("Tollgate and Istio's own checks", () => {
  let credentials: ComparedRequest[];
  const spellings = spellingRequests();
  const cluster = useCluster(async () => {
    credentials = await credentialRequests(cluster);
    await startReplica(cluster.controlPlane, { arguments: ["--grace=1"] });
  });

  test("answer as docs/comparison.md says", { timeout: COMPARISON_TIMEOUT_MS }, async () => {
    await checkByTollgate(cluster);
    const tollgate = await collectAnswers();
    await checkByIstio(cluster);
    const istio = await collectAnswers();

    const passed = [...tollgate.spellings.base, ...tollgate.spellings.strongest].filter(reachesProtected);
    expect(passed, "requests without token that Tollgate let through").toEqual([]);
    const tables = { credentials: credentialTable(tollgate, istio), paths: pathTable(tollgate, istio) };
    await expect(await pageWith(tables)).toMatchFileSnapshot(PAGE);
  });

  async function collectAnswers(): Promise<Answers> {
    await normalizePaths(cluster, STRONGEST);
    const strongest = await send(spellings);
    await normalizePaths(cluster, "BASE");
    const base = await send(spellings);
    return { credentials: await send(credentials), spellings: { base, strongest } };
  }

  async function send(requests: ComparedRequest[]): Promise<RawResponse[]> {
    const client = openClient(cluster.controlPlane.gateway.url);
    try {
      return await Promise.all(requests.map(({ request }) => client.send(request)));
    } finally {
      client.close();
    }
  }

  function credentialTable(tollgate: Answers, istio: Answers): string {
    const columns = [tollgate.credentials, istio.credentials];
    return tableOf(["request", "Tollgate", "Istio"], credentials, columns, describeAnswer);
  }

  function pathTable(tollgate: Answers, istio: Answers): string {
    const columns = [
      ...[tollgate.spellings.base, istio.spellings.base],
      ...[tollgate.spellings.strongest, istio.spellings.strongest],
    ];
    const head = ["path", "Tollgate, `BASE`", "Istio, `BASE`"];
    head.push(`Tollgate, \`${STRONGEST}\``, `Istio, \`${STRONGEST}\``);
    return tableOf(head, spellings, columns, (answer) => describePassage(answer, PROTECTED_PATH));
  }
});

function tableOf(
  head: string[],
  requests: ComparedRequest[],
  columns: RawResponse[][],
  describeCell: (answer: RawResponse) => string,
): string {
  const cells = columns.map((answers) => answers.map(describeCell));
  return formatMarkdown([
    head,
    ...requests.map(({ title }, row) => [title, ...cells.map((column) => column[row] ?? "")]),
  ]);
}

function reachesProtected(answer: RawResponse): boolean {
  const path = parseEcho(answer)?.path;
  return path !== undefined && mayBeReadAs(path, PROTECTED_PATH);
}

/** The page with these tables between its comments `<!-- NAME -->` and `<!-- /NAME -->`. */
async function pageWith(tables: Record<string, string>): Promise<string> {
  let page = await readFile(PAGE, "utf8");
  for (const [name, table] of Object.entries(tables)) {
    const place = new RegExp(`(?<=<!-- ${name} -->\\n)[\\s\\S]*(?=<!-- /${name} -->)`);
    if (!place.test(page)) throw new Error(`${PAGE} has no place for the table ${name}`);
    page = page.replace(place, () => `\n${table}\n`);
  }
  return page;
}

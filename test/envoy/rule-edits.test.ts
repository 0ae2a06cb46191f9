/** At least 10,000 requests while the rules are edited without pause: verdicts, stability, memory. */
import { afterAll, beforeAll, expect, test } from "vitest";
import { type Issuer, startIssuer } from "../../tools/demo/issuer.ts";
import { startUpstream, type Upstream } from "../../tools/demo/upstream.ts";
import { openClient, type RawRequest, type RawResponse } from "../support/client.ts";
import { eventually } from "../support/eventually.ts";
import { childrenOf } from "../support/processes.ts";
import { type StandaloneGateway, startStandaloneGateway } from "../support/standalone-gateway.ts";
import { manifestsOf, probesWith, versionIn, versionRequest } from "../support/versioned-rules.ts";

const REQUESTS = 10_000;
const EDITS = 60;
const WARM_UP_EDITS = 15;
const LANES = 8;
const EDIT_TAKES_AT_MOST_MS = 2_000;
const MEMORY_GROWTH_LIMIT_BYTES = 4 * 1024 * 1024;

/** One connection, and so one worker of Envoy, with the newest version that it has shown. */
interface Lane {
  seen: number;
  send(request: RawRequest): Promise<RawResponse>;
  close(): void;
}

let issuer: Issuer;
let upstream: Upstream;
let gateway: StandaloneGateway;
let reader: string;
let written = 0;
let requests = 0;
let warmMemory = Number.NaN;
const wrong: string[] = [];

beforeAll(async () => {
  issuer = await startIssuer();
  upstream = await startUpstream();
  reader = await issuer.token({ scope: "read" });
  gateway = await startStandaloneGateway(manifestsOf(0, issuer), upstream.port);
});
afterAll(async () => {
  await gateway?.stop();
  await upstream?.close();
  await issuer?.close();
});

test("each answer is that of the rules right before or right after an edit", {
  timeout: 180_000,
}, async () => {
  const lanes = Array.from({ length: LANES }, (): Lane => ({ seen: 0, ...openClient(gateway.url, 1) }));
  let editing = true;
  const traffic = Promise.all(
    lanes.map(async (lane) => {
      while ((editing || requests < REQUESTS) && wrong.length === 0) await sendRound(lane);
    }),
  );
  try {
    await editRules(lanes);
  } finally {
    editing = false;
    await traffic;
    for (const lane of lanes) lane.close();
  }
  expect(wrong).toEqual([]);
  expect(requests).toBeGreaterThanOrEqual(REQUESTS);
});

test("nothing was refused or logged as an error meanwhile", async () => {
  const stats = await gateway.stats("(update_rejected|config_fail|config.refused)$");
  expect(stats.size).toBeGreaterThan(0);
  expect([...stats].filter(([, value]) => value !== 0)).toEqual([]);
  expect(gateway.log()).not.toMatch(/critical|panic|Function: proxy_/i);
});

test("no VM was made beside the one that tries out each configuration", async () => {
  const runtime = "wasm.envoy.wasm.runtime.v8";
  await eventually(async () => {
    const stats = await gateway.stats(`^(${runtime}|extension_config_discovery)`);
    const tried = stats.get("extension_config_discovery.http_filter.tollgate.config_reload") ?? 0;
    expect(tried).toBeGreaterThanOrEqual(EDITS);
    expect(stats.get(`${runtime}.created`)).toBe((stats.get(`${runtime}.active`) ?? 0) + tried);
  }, EDIT_TAKES_AT_MOST_MS);
});

test.runIf(process.platform === "linux")("memory is flat after the warm-up", async () => {
  const growth = (await envoyMemory()) - warmMemory;
  expect(growth).toBeLessThan(MEMORY_GROWTH_LIMIT_BYTES);
});

/** Writes one version after the other, each when every lane has shown the one before. */
async function editRules(lanes: Lane[]): Promise<void> {
  const settled = () =>
    eventually(async () => {
      if (wrong.length === 0)
        expect(Math.min(...lanes.map(({ seen }) => seen)), "version in force").toBe(written);
    }, EDIT_TAKES_AT_MOST_MS);
  for (let edit = 1; edit <= EDITS && wrong.length === 0; edit++) {
    written = edit;
    await gateway.apply(manifestsOf(edit, issuer));
    await settled();
    if (edit === WARM_UP_EDITS) warmMemory = await envoyMemory();
  }
}

async function sendRound(lane: Lane): Promise<void> {
  const shown = await send(lane, versionRequest(reader));
  const version = versionIn(shown);
  if (version === undefined || version < lane.seen || version > written) {
    wrong.push(
      `version ${lane.seen} to ${written} expected, ${shown.status} ${shown.body} with version ${version}`,
    );
    return;
  }
  lane.seen = version;
  for (const { request, status } of probesWith(reader)) {
    const response = await send(lane, request);
    const allowed = new Set([status(lane.seen), status(written)]);
    if (allowed.has(response.status)) continue;
    wrong.push(`${request.path}: ${[...allowed]} expected, ${response.status} ${response.body}`);
  }
}

function send(lane: Lane, request: RawRequest): Promise<RawResponse> {
  requests++;
  return lane.send(request);
}

/** Resident bytes of Envoy, which is all that the gateway has started. */
async function envoyMemory(): Promise<number> {
  return (await childrenOf(gateway.pid)).reduce((sum, { residentBytes }) => sum + residentBytes, 0);
}

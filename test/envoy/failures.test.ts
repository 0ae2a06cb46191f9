/** What fails, and what a real Envoy answers then: a denial in every line, never a pass. docs/failures.md lists them. */
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import type { PluginConfig, PluginPolicy } from "../../controller/api/plugin-config.ts";
import { compileFilter } from "../../tools/build/filter.ts";
import { checkWasm } from "../../tools/check-wasm.ts";
import { type Issuer, startIssuer } from "../../tools/demo/issuer.ts";
import { findFreePort } from "../../tools/demo/loopback.ts";
import { startUpstream, type Upstream } from "../../tools/demo/upstream.ts";
import { expectRefusal, parseEcho } from "../conformance/answer.ts";
import { configOf, createKey, id, jwtPolicy, routeOf, signClaims } from "../filter/config.ts";
import { apiRule, jwtRule, openRule } from "../support/apirule.ts";
import { type Client, openClient, type RawResponse } from "../support/client.ts";
import { eventually } from "../support/eventually.ts";
import { type FilterGateway, startFilterGateway, WASM_FILE } from "../support/filter-gateway.ts";
import { signToken } from "../support/sign.ts";
import { type StandaloneGateway, startStandaloneGateway } from "../support/standalone-gateway.ts";

const HEALS_WITHIN_MS = 10_000;
const KEYS_WITHIN_MS = 40_000;

const key = createKey("k", "ES256");
const goodToken = () => signClaims(key, { iss: "https://issuer", exp: Math.floor(Date.now() / 1_000) + 600 });

const OPEN: PluginPolicy = { id: id("e"), kind: "open" };
const INTROSPECTED: PluginPolicy = {
  id: id("f"),
  kind: "jwt",
  providers: [],
  authorizations: [],
  introspection: { server: id("1"), authorizations: [] },
};
const ROUTES = [
  { prefix: "/jwt", name: routeOf("c") },
  { prefix: "/open", name: routeOf("e") },
  { prefix: "/opaque", name: routeOf("f") },
  { prefix: "/unknown", name: routeOf("9") },
];

let revisions = 0;
function config(keys = [key]): PluginConfig {
  const revision = (++revisions).toString(16).padStart(13, "0");
  const endpoint = { cluster: "nobody", authority: "a", path: "/", timeoutMs: 500, maxCacheSeconds: 60 };
  return {
    ...configOf(keys, [jwtPolicy("c"), OPEN, INTROSPECTED], revision),
    introspectionServers: [{ id: id("1"), ...endpoint }],
  };
}

let upstream: Upstream;
let folder: string;
let trappingModule: string;
beforeAll(async () => {
  upstream = await startUpstream();
  folder = await mkdtemp(join(tmpdir(), "tollgate-failures-"));
  trappingModule = join(folder, "trapping.wasm");
  await compileFilter("filter/assembly/testing/trapping.ts", trappingModule);
  expect(await checkWasm(new Uint8Array(await readFile(trappingModule)))).toEqual([]);
});
afterAll(async () => {
  await upstream?.close();
  await rm(folder, { recursive: true, force: true });
});

/** A request to one gateway. */
type Send = (path: string, token?: string, headers?: [string, string][]) => Promise<RawResponse>;

function sender(client: Client, host = "any.local.test"): Send {
  return (path, token, headers = []) => {
    const authorization: [string, string][] =
      token === undefined ? [] : [["authorization", `Bearer ${token}`]];
    return client.send({ method: "GET", path, headers: [["host", host], ...authorization, ...headers] });
  };
}

function expectDenied(response: RawResponse, status: number): void {
  expect(response.status).toBe(status);
  expect(parseEcho(response), "the upstream saw the request").toBeUndefined();
}

async function expectServing(send: Send): Promise<void> {
  expect((await send("/open")).status).toBe(200);
  expect((await send("/jwt", goodToken())).status).toBe(200);
  expectRefusal(await send("/jwt"), "token_missing");
}

async function expectAllDenied(send: Send, status: number): Promise<void> {
  for (const response of [await send("/open"), await send("/jwt"), await send("/jwt", goodToken())]) {
    expectDenied(response, status);
  }
}

describe("the filter", () => {
  let gateway: FilterGateway | undefined;
  let client: Client | undefined;
  afterEach(async () => {
    client?.close();
    await gateway?.stop();
  });

  async function start(
    options: { config?: object; wasmFile?: string; serves?: boolean } = {},
  ): Promise<Send> {
    gateway = await startFilterGateway({
      routes: ROUTES,
      upstreamPort: upstream.port,
      clusters: { nobody: 9 },
      ...options,
      config: (options.config ?? config()) as PluginConfig,
    });
    client = openClient(gateway.url);
    return sender(client);
  }

  test("module missing at the start: 500 for every request, until there is one", async () => {
    const send = await start({ wasmFile: join(folder, "missing.wasm"), serves: false });
    await expectAllDenied(send, 500);
    await gateway?.offer(config(), WASM_FILE);
    await eventually(() => expectServing(send), HEALS_WITHIN_MS);
  });

  test("module missing in an update: what served goes on", async () => {
    const send = await start();
    await gateway?.offer(config([]), join(folder, "missing.wasm"));
    await eventually(async () => {
      expect(await gateway?.counter("extension_config_discovery.http_filter.tollgate.config_fail")).toBe(1);
    }, HEALS_WITHIN_MS);
    await expectServing(send);
  });

  test("VM trapped: 503 for every request, until the next configuration", async () => {
    const send = await start({ wasmFile: trappingModule });
    await expectServing(send);
    expectDenied(await send("/open", undefined, [["x-trap", "1"]]), 503);
    for (let round = 0; round < 20; round++) await expectAllDenied(send, 503);
    await gateway?.offer(config());
    await eventually(() => expectServing(send), HEALS_WITHIN_MS);
  });

  test("first configuration refused: 500 for every request, until a good one", async () => {
    const send = await start({ config: { ...config(), version: 2 }, serves: false });
    await expectAllDenied(send, 500);
    await gateway?.offer(config());
    await eventually(() => expectServing(send), HEALS_WITHIN_MS);
  });

  test("later configuration refused: the last good one goes on", async () => {
    const send = await start();
    await gateway?.offer({ ...config([]), version: 2 });
    await eventually(async () => {
      expect(await gateway?.counter("wasmcustom.tollgate.config.refused")).toBeGreaterThan(0);
    }, HEALS_WITHIN_MS);
    await expectServing(send);
  });

  test("policy unknown: 503 policy_unknown for its route alone, with a good token too", async () => {
    const send = await start();
    expectRefusal(await send("/unknown"), "policy_unknown");
    expectRefusal(await send("/unknown", goodToken()), "policy_unknown");
    await expectServing(send);
  });

  test("introspection endpoint down: 503 introspection_unavailable for opaque tokens", async () => {
    const send = await start();
    expectRefusal(await send("/opaque", "opaque-token"), "introspection_unavailable");
    expectRefusal(await send("/opaque"), "token_missing");
    await expectServing(send);
  });
});

describe("the issuer and the controller", () => {
  const HOST = "failures.local.test";
  let gateway: StandaloneGateway | undefined;
  let issuer: Issuer | undefined;
  afterEach(async () => {
    await gateway?.stop();
    await issuer?.close().catch(() => {});
  });

  async function start(keys: { url: string; jwksUri: string }): Promise<Send> {
    const rules = [openRule("/open"), jwtRule("/jwt", keys)];
    gateway = await startStandaloneGateway([apiRule({ name: "failures", rules })], upstream.port);
    return sender(gateway.client, HOST);
  }

  test("keys unreachable at the start: 503 keys_unavailable, until they are there", async () => {
    const port = await findFreePort();
    const url = `http://127.0.0.1:${port}`;
    const send = await start({ url, jwksUri: `${url}/jwks` });
    const early = signClaims(key, { iss: url });
    expectRefusal(await send("/jwt", early), "keys_unavailable");
    expectRefusal(await send("/jwt"), "token_missing");
    expect((await send("/open")).status).toBe(200);

    const started = await startIssuer({ port });
    issuer = started;
    await eventually(async () => {
      expect((await send("/jwt", signToken(started))).status).toBe(200);
    }, KEYS_WITHIN_MS);
    expectRefusal(await send("/jwt", early), "key_not_found");
  });

  test("keys unreachable later: the last good ones go on, and nothing else passes", async () => {
    const started = await startIssuer();
    issuer = started;
    const send = await start(started);
    const good = signToken(started);
    expect((await send("/jwt", good)).status).toBe(200);
    await started.close();
    expect((await send("/jwt", good)).status).toBe(200);
    expect((await send("/jwt", signToken(started, { claims: { jti: "new" } }))).status).toBe(200);
    expectRefusal(await send("/jwt", signClaims(key, { iss: started.url })), "key_not_found");
    expectRefusal(await send("/jwt", signToken(started, { expiresIn: -120 })), "expired");
    expectRefusal(await send("/jwt"), "token_missing");
  });

  test("controller killed: the standalone gateway ends with it, and lets nothing pass meanwhile", async () => {
    const started = await startIssuer();
    issuer = started;
    const send = await start(started);
    expectRefusal(await send("/jwt"), "token_missing");
    process.kill(gateway?.pid ?? 0, "SIGKILL");
    const answers: (number | undefined)[] = [];
    await eventually(async () => {
      const answer = await send("/jwt").catch(() => undefined);
      answers.push(answer?.status);
      expect(answer, "an answer after the end").toBeUndefined();
    }, HEALS_WITHIN_MS);
    expect(answers.filter((status) => status !== undefined && status !== 401)).toEqual([]);
  });
});

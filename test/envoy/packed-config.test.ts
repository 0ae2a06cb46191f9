/** A configuration that is too large to be sent as it is, on a real Envoy. */
import { afterAll, beforeAll, expect, test } from "vitest";
import { readPluginConfig } from "../../controller/api/packed-config.ts";
import { ConfigPacker } from "../../controller/render/packed-config.ts";
import { startUpstream, type Upstream } from "../../tools/demo/upstream.ts";
import { createSigningKey, signTokens } from "../bench/tokens.ts";
import { JWT_POLICY, OPEN_POLICY, pluginConfig } from "../bench/tollgate-filter.ts";
import { eventually } from "../support/eventually.ts";
import { type FilterGateway, startFilterGateway } from "../support/filter-gateway.ts";

const key = createSigningKey();
const LARGE = pluginConfig(key, { policies: 10_000, issuers: 2 });
const PACKED = new ConfigPacker().pack(LARGE);
const LAST_POLICY = LARGE.policies.at(-1)?.id ?? "";

let upstream: Upstream;
let gateway: FilterGateway;

beforeAll(async () => {
  upstream = await startUpstream();
  gateway = await startFilterGateway({
    routes: [
      { prefix: "/open", name: `tollgate/${OPEN_POLICY}/default/open/0` },
      { prefix: "/last", name: `tollgate/${LAST_POLICY}/default/last/0` },
      { prefix: "/", name: `tollgate/${JWT_POLICY}/default/first/0` },
    ],
    upstreamPort: upstream.port,
    clusters: {},
    config: pluginConfig(key, { policies: 1, issuers: 1 }),
  });
});
afterAll(async () => {
  await gateway?.stop();
  await upstream?.close();
});

async function answers(token: string): Promise<number[]> {
  const headers = { authorization: `Bearer ${token}` };
  const requests = [
    ["/", headers],
    ["/", {}],
    ["/last", headers],
    ["/last", {}],
    ["/open", {}],
  ] as const;
  return Promise.all(
    requests.map(async ([path, headers]) => (await fetch(gateway.url + path, { headers })).status),
  );
}

test("a packed configuration serves as the document in it does", async () => {
  expect(readPluginConfig(PACKED).config).toEqual(LARGE);
  expect(JSON.stringify(PACKED).length).toBeLessThan(JSON.stringify(LARGE).length / 4);
  const [token = ""] = await signTokens(key, 1);
  expect(await answers(token)).toEqual([200, 401, 503, 503, 200]);
  await gateway.configure(PACKED);
  expect(await answers(token)).toEqual([200, 401, 403, 401, 200]);
});

test("one that cannot be read changes nothing", async () => {
  const [token = ""] = await signTokens(key, 1);
  const refused = await gateway.counter("wasmcustom.tollgate.config.refused");
  const broken = { ...PACKED, inflatedBytes: 100, revision: "0000000000bad" };
  await gateway.offer(broken);
  const count = async () => gateway.counter("wasmcustom.tollgate.config.refused");
  await eventually(async () => expect(await count()).toBeGreaterThan(refused), 10_000);
  expect(await answers(token)).toEqual([200, 401, 403, 401, 200]);
});

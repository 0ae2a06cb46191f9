/** The filter in a real Envoy under distinct tokens and configurations: Envoy's resident memory has to stay as it is. */
import { startUpstream } from "../../tools/demo/upstream.ts";
import { signClaims } from "../filter/config.ts";
import { type Client, openClient } from "../support/client.ts";
import { type FilterGateway, startFilterGateway } from "../support/filter-gateway.ts";
import { childrenOf } from "../support/processes.ts";
import type { Soaked } from "./vm.ts";
import { configuration, KEY, ROUTE } from "./workload.ts";

/** Growth of Envoy's resident memory that says nothing: its allocator keeps some, and V8 compiles in the background. */
export const ENVOY_NOISE_BYTES = 4 * 1024 * 1024;

const CONNECTIONS = 32;
const BATCH = 1_000;
const TOKEN_LIFETIME_SECONDS = 36_000;

/** How often each kind of work is done; the first `warmUp` of each, a share, do not count. */
export interface EnvoySoakSize {
  tokens: number;
  configurations: number;
  warmUp: number;
}

export async function soakEnvoy({ tokens, configurations, warmUp }: EnvoySoakSize): Promise<Soaked[]> {
  const upstream = await startUpstream();
  const routes = [{ prefix: "/", name: ROUTE }];
  const gateway = await startFilterGateway({ routes, upstreamPort: upstream.port, config: configuration(0) });
  const client = openClient(gateway.url, CONNECTIONS);
  try {
    return [
      await repeat(gateway, "tokens through Envoy", tokens, warmUp, async (from) => {
        const count = Math.min(BATCH, tokens - from);
        await sendTokens(client, from, count);
        return count;
      }),
      await repeat(gateway, "configurations of Envoy", configurations, warmUp, async (from) => {
        await gateway.configure(configuration(from + 1));
        await sendTokens(client, from, 1);
        return 1;
      }),
    ];
  } finally {
    client.close();
    await gateway.stop();
    await upstream.close();
  }
}

/** Calls `doSome` with how much is done, until `count` is. It answers how much more there is now. */
async function repeat(
  gateway: FilterGateway,
  work: string,
  count: number,
  warmUp: number,
  doSome: (done: number) => Promise<number>,
): Promise<Soaked> {
  const start = performance.now();
  let warmBytes = 0;
  let mostBytes = 0;
  for (let done = 0; done < count; ) {
    done += await doSome(done);
    const bytes = await residentBytes(gateway.pid);
    if (done <= count * warmUp) warmBytes = Math.max(warmBytes, bytes);
    else mostBytes = Math.max(mostBytes, bytes);
  }
  return { work, count, warmBytes, mostBytes, seconds: (performance.now() - start) / 1_000 };
}

/** Sends that many good tokens, of up to 4 KB, by all connections. */
async function sendTokens(client: Client, from: number, count: number): Promise<void> {
  const exp = Math.floor(Date.now() / 1_000) + TOKEN_LIFETIME_SECONDS;
  const sendOne = async (n: number) => {
    const claims = { iss: "https://issuer", exp, n, pad: "x".repeat((n * 7_919) % 2_900) };
    const headers: [string, string][] = [
      ["host", "soak"],
      ["authorization", `Bearer ${signClaims(KEY, claims)}`],
    ];
    const { status } = await client.send({ method: "GET", path: "/", headers });
    if (status !== 200) throw new Error(`token ${n}: ${status}`);
  };
  const lanes = Array.from({ length: CONNECTIONS }, async (_, lane) => {
    for (let n = lane; n < count; n += CONNECTIONS) await sendOne(from + n);
  });
  await Promise.all(lanes);
}

async function residentBytes(pid: number): Promise<number> {
  const own = (await childrenOf(process.pid)).find((child) => child.pid === pid);
  if (own === undefined) throw new Error("Envoy has ended");
  return own.residentBytes;
}

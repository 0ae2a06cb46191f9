/** The filter in the Node host, with a million tokens and a thousand configurations: its memory has to stay as it is. */
import { WasmHost } from "../filter/wasm-host.ts";
import { CLUSTER, configuration, NOW, OPAQUE_ROUTE, ROUTE, token } from "./workload.ts";

/** One kind of work, and how the linear memory was before and after it. */
export interface Soaked {
  work: string;
  count: number;
  /** Bytes after the first `warmUp`, and the most of all that followed. */
  warmBytes: number;
  mostBytes: number;
  seconds: number;
}

/** How often each kind of work is done; the first `warmUp` of each do not count. */
export interface SoakSize {
  tokens: number;
  opaqueTokens: number;
  configurations: number;
  /** Share of each that fills caches and buffers first. */
  warmUp: number;
}

/** Does the work; the host takes every signature, so that the time goes into what is watched. */
export function soakVm({ tokens, opaqueTokens, configurations, warmUp }: SoakSize): Soaked[] {
  const host = new WasmHost({ verify: () => true });
  host.now = NOW;
  host.clusters.add(CLUSTER);
  host.configure(configuration(0));
  const repeat = (work: string, count: number, doOne: (n: number) => void): Soaked => {
    const start = performance.now();
    let warmBytes = 0;
    let mostBytes = 0;
    for (let n = 0; n < count; n++) {
      doOne(n);
      if (n < count * warmUp) warmBytes = host.memoryBytes;
      else mostBytes = Math.max(mostBytes, host.memoryBytes);
    }
    return { work, count, warmBytes, mostBytes, seconds: (performance.now() - start) / 1_000 };
  };
  return [
    repeat("tokens", tokens, (n) => sendToken(host, n)),
    repeat("opaque tokens", opaqueTokens, (n) => sendOpaqueToken(host, n)),
    repeat("configurations", configurations, (n) => replaceConfiguration(host, n)),
  ];
}

function sendToken(host: WasmHost, n: number): void {
  const response = host.request({ route: ROUTE, headers: { authorization: `Bearer ${token(n)}` } });
  if (n % 10 < 7 && response !== undefined) throw new Error(`token ${n}: ${response.body}`);
}

function sendOpaqueToken(host: WasmHost, n: number): void {
  const headers = { authorization: `Bearer opaque-${"x".repeat((n * 31) % 900)}-${n}` };
  const stream = host.send({ route: OPAQUE_ROUTE, headers });
  const [call] = host.calls;
  if (call === undefined) throw new Error(`nobody is asked about opaque token ${n}`);
  if (n % 5 === 4) host.endCall(call);
  else host.endCall(call, { status: 200, body: JSON.stringify({ active: n % 3 > 0, scope: `s${n}` }) });
  host.close(stream);
}

/** One in ten is refused. Tokens come in between, so that the caches are full when they are dropped. */
function replaceConfiguration(host: WasmHost, n: number): void {
  const config = configuration(n);
  const isGood = n % 10 !== 9;
  const accepted = host.configure(isGood ? config : { ...config, policies: [...config.policies, null] });
  if (accepted !== isGood) throw new Error(`configuration ${n}: ${host.log.at(-1)}`);
  for (let at = 0; at < 50; at++) sendToken(host, n * 50 + at);
}

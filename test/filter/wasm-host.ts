/**
 * A proxy-wasm host in Node, as far as the filter needs one: it runs the module that was built, with the clock, the
 * headers and the route of the test. Signatures are checked by node:crypto. Envoy is the judge of the rest.
 */
import { readFileSync } from "node:fs";
import { ExpressionFunctions } from "./expression-functions.ts";
import { readPairs, writePairs } from "./header-pairs.ts";
import { verifySignature } from "./verify-signature.ts";

/** A request as the filter sees it. */
export interface HostRequest {
  /** `xds.route_name`; absent: no route. */
  route?: string;
  headers?: Record<string, string>;
}

/** What the filter answered itself. */
export interface LocalResponse {
  status: number;
  details: string;
  body: string;
  headers: Record<string, string>;
}

/** A request that has been sent, and what became of it. Neither passed nor answered: it waits. */
export interface HostStream {
  /** The headers as the upstream would get them. */
  readonly headers: Map<string, string>;
  readonly route?: string;
  passed: boolean;
  response?: LocalResponse;
}

/** An HTTP call of the filter that has not ended. */
export interface HostCall {
  id: number;
  cluster: string;
  headers: Record<string, string>;
  body: string;
  timeoutMs: number;
}

/** The answer to an HTTP call. */
export interface HostCallAnswer {
  status: number;
  body: string;
}

const HTTP_CALL_RESPONSE_HEADERS = 6;
const HTTP_CALL_RESPONSE_BODY = 4;

const STATUS = { ok: 0, notFound: 1, badArgument: 2 } as const;

interface FilterExports {
  memory: WebAssembly.Memory;
  _initialize(): void;
  proxy_on_memory_allocate(size: number): number;
  proxy_on_configure(context: number, length: number): number;
  proxy_on_request_headers(context: number, headers: number, endOfStream: number): number;
  proxy_on_http_call_response(
    context: number,
    call: number,
    headers: number,
    bodyLength: number,
    trailers: number,
  ): void;
}

/** The filter as it was built. */
export const FILTER_FILE = new URL("../../dist/tollgate.wasm", import.meta.url);

let compiled: WebAssembly.Module | undefined;

/** Compiles dist/tollgate.wasm once a process. */
function filterModule(): WebAssembly.Module {
  compiled ??= new WebAssembly.Module(readFileSync(FILTER_FILE));
  return compiled;
}

/** One VM with the filter in it. */
export class WasmHost {
  /** Seconds since the epoch. */
  now = 1_800_000_000;
  readonly log: string[] = [];
  /** Clusters that HTTP calls may name. */
  readonly clusters = new Set<string>();
  /** HTTP calls under way. */
  readonly calls: HostCall[] = [];
  readonly instance: WebAssembly.Instance;
  /** Calls of `verify_signature`. */
  signatureCalls = 0;
  readonly #metrics: { name: string; value: bigint }[] = [];
  readonly #exports: FilterExports;
  #configuration = Buffer.alloc(0);
  readonly #streams = new Map<number, HostStream>();
  #contexts = 0;
  #callIds = 0;
  /** Context of the newest configuration; the one before goes when another is accepted, and its calls with it. */
  #plugin = 0;
  /** Context that hostcalls act for. */
  #effective = 0;
  #last: HostStream = { headers: new Map(), passed: false };
  #answer: HostCallAnswer | undefined;
  readonly #expressions = new ExpressionFunctions();

  readonly #verifiesSignatures: boolean;
  readonly #verify: (message: Buffer) => boolean;

  /**
   * Which module runs, whether the host offers `verify_signature`, as Envoy does, and what that says about a message;
   * default is what node:crypto says.
   */
  constructor({ verifiesSignatures = true, module = filterModule(), verify = verifySignature } = {}) {
    this.#verifiesSignatures = verifiesSignatures;
    this.#verify = verify;
    this.instance = new WebAssembly.Instance(module, { env: this.#imports() });
    this.#exports = this.instance.exports as unknown as FilterExports;
    this.#exports._initialize();
  }

  /** Offers a configuration; true where the filter accepts it. */
  configure(document: unknown): boolean {
    return this.configureText(typeof document === "string" ? document : JSON.stringify(document));
  }

  /** Offers the bytes of a configuration. */
  configureText(text: string | Uint8Array): boolean {
    this.#configuration = Buffer.from(text as string);
    const context = ++this.#contexts;
    const before = this.#plugin;
    const callsBefore = this.calls.length;
    this.#plugin = context;
    this.#effective = context;
    const accepted = this.#exports.proxy_on_configure(context, this.#configuration.length) !== 0;
    if (accepted) this.calls.splice(0, callsBefore);
    else this.#plugin = before;
    return accepted;
  }

  /** Sends request headers; undefined where the filter lets the request through. */
  request(request: HostRequest): LocalResponse | undefined {
    const stream = this.send(request);
    if (!stream.passed && stream.response === undefined) throw new Error("the request waits");
    this.close(stream);
    return stream.response;
  }

  /** Sends request headers, to be decided upon at once or later. */
  send(request: HostRequest): HostStream {
    const headers = new Map(Object.entries(request.headers ?? {}));
    const { route } = request;
    const stream: HostStream = { headers, passed: false, ...(route !== undefined && { route }) };
    const context = ++this.#contexts;
    this.#streams.set(context, stream);
    this.#last = stream;
    this.#effective = context;
    stream.passed = this.#exports.proxy_on_request_headers(context, headers.size, 1) === 0;
    if (stream.passed && stream.response !== undefined) throw new Error("the action does not fit the answer");
    return stream;
  }

  /** Ends a request: the client has gone, or has its answer. */
  close(stream: HostStream): void {
    for (const [context, each] of this.#streams) if (each === stream) this.#streams.delete(context);
  }

  /** Ends an HTTP call; without an answer where the connection broke. */
  endCall(call: HostCall, answer?: HostCallAnswer): void {
    const index = this.calls.indexOf(call);
    if (index < 0) throw new Error("there is no such call");
    this.calls.splice(index, 1);
    this.#answer = answer;
    this.#effective = this.#plugin;
    const bodyLength = Buffer.byteLength(answer?.body ?? "");
    const headers = answer === undefined ? 0 : 1;
    this.#exports.proxy_on_http_call_response(this.#plugin, call.id, headers, bodyLength, 0);
    this.#answer = undefined;
  }

  /** The headers as the upstream would get them, of the last request. */
  get headers(): Map<string, string> {
    return this.#last.headers;
  }

  /** The value of a counter or gauge, 0 where it is not defined. */
  metric(name: string): bigint {
    return this.#metrics.find((metric) => metric.name === name)?.value ?? 0n;
  }

  /** Expressions of the host that have not been deleted. */
  get expressions(): number {
    return this.#expressions.size;
  }

  /** Bytes of the module's linear memory. */
  get memoryBytes(): number {
    return this.#exports.memory.buffer.byteLength;
  }

  #bytes(at: number, length: number): Buffer {
    return Buffer.from(new Uint8Array(this.#exports.memory.buffer, at, length));
  }

  #text(at: number, length: number): string {
    return this.#bytes(at, length).toString("utf8");
  }

  #setWord(at: number, value: number): void {
    new DataView(this.#exports.memory.buffer).setUint32(at, value, true);
  }

  #giveBytes(bytes: Uint8Array, at: number, lengthAt: number): number {
    const target = bytes.length > 0 ? this.#exports.proxy_on_memory_allocate(bytes.length) : 0;
    new Uint8Array(this.#exports.memory.buffer).set(bytes, target);
    this.#setWord(at, target);
    this.#setWord(lengthAt, bytes.length);
    return STATUS.ok;
  }

  #imports(): Record<string, (...values: never[]) => number> {
    return {
      proxy_log: (_level: number, at: number, length: number) => {
        this.log.push(this.#text(at, length));
        return STATUS.ok;
      },
      proxy_get_current_time_nanoseconds: (at: number) => {
        const nanoseconds = BigInt(Math.round(this.now * 1_000)) * 1_000_000n;
        new DataView(this.#exports.memory.buffer).setBigUint64(at, nanoseconds, true);
        return STATUS.ok;
      },
      proxy_get_property: (at: number, length: number, valueAt: number, lengthAt: number) => {
        if (this.#text(at, length) !== "xds\0route_name") return STATUS.badArgument;
        const route = this.#streams.get(this.#effective)?.route;
        if (route === undefined) return STATUS.notFound;
        return this.#giveBytes(Buffer.from(route), valueAt, lengthAt);
      },
      proxy_get_header_map_value: (
        map: number,
        at: number,
        length: number,
        valueAt: number,
        lengthAt: number,
      ) => {
        const value = this.#headersOf(map)?.get(this.#text(at, length));
        if (value === undefined) return STATUS.notFound;
        return this.#giveBytes(Buffer.from(value, "latin1"), valueAt, lengthAt);
      },
      proxy_get_header_map_pairs: (map: number, at: number, lengthAt: number) =>
        this.#giveBytes(writePairs(this.#headersOf(map) ?? new Map()), at, lengthAt),
      proxy_remove_header_map_value: (map: number, at: number, length: number) => {
        this.#headersOf(map)?.delete(this.#text(at, length));
        return STATUS.ok;
      },
      proxy_replace_header_map_value: (
        map: number,
        at: number,
        length: number,
        valueAt: number,
        valueLength: number,
      ) => {
        this.#headersOf(map)?.set(
          this.#text(at, length),
          this.#bytes(valueAt, valueLength).toString("latin1"),
        );
        return STATUS.ok;
      },
      proxy_get_buffer_bytes: (
        buffer: number,
        start: number,
        length: number,
        valueAt: number,
        lengthAt: number,
      ) => {
        const answer = buffer === HTTP_CALL_RESPONSE_BODY;
        const bytes = answer ? Buffer.from(this.#ownAnswer()?.body ?? "") : this.#configuration;
        return this.#giveBytes(bytes.subarray(start, start + length), valueAt, lengthAt);
      },
      proxy_http_call: (...values: number[]) => this.#startCall(values),
      proxy_set_effective_context: (context: number) => {
        if (context !== this.#plugin && !this.#streams.has(context)) return STATUS.badArgument;
        this.#effective = context;
        return STATUS.ok;
      },
      proxy_continue_stream: () => {
        const stream = this.#streams.get(this.#effective);
        if (stream === undefined) throw new Error("there is no request to continue");
        stream.passed = true;
        return STATUS.ok;
      },
      proxy_define_metric: (_type: number, at: number, length: number, idAt: number) => {
        this.#setWord(idAt, this.#metricId(this.#text(at, length)));
        return STATUS.ok;
      },
      proxy_increment_metric: (id: number, offset: bigint) =>
        this.#updateMetric(id, (value) => value + offset),
      proxy_record_metric: (id: number, value: bigint) => this.#updateMetric(id, () => value),
      proxy_send_local_response: (...values: number[]) => this.#sendLocalResponse(values),
      proxy_call_foreign_function: (
        at: number,
        length: number,
        messageAt: number,
        messageLength: number,
        resultAt: number,
        resultLengthAt: number,
      ) => {
        const name = this.#text(at, length);
        if (name.startsWith("expr_")) {
          const result = this.#expressions.call(name, this.#bytes(messageAt, messageLength));
          if (result === undefined) return STATUS.badArgument;
          return this.#giveBytes(result, resultAt, resultLengthAt);
        }
        if (name !== "verify_signature") return STATUS.notFound;
        this.signatureCalls++;
        if (!this.#verifiesSignatures) return STATUS.notFound;
        const right = this.#verify(this.#bytes(messageAt, messageLength));
        return this.#giveBytes(right ? Buffer.from([0x08, 0x01]) : Buffer.alloc(0), resultAt, resultLengthAt);
      },
    };
  }

  #headersOf(map: number): Map<string, string> | undefined {
    if (map !== HTTP_CALL_RESPONSE_HEADERS) return this.#streams.get(this.#effective)?.headers;
    const answer = this.#ownAnswer();
    return answer && new Map([[":status", String(answer.status)]]);
  }

  /** The answer under way: only the context that called sees it. */
  #ownAnswer(): HostCallAnswer | undefined {
    return this.#effective === this.#plugin ? this.#answer : undefined;
  }

  /** A call of a plugin context alone outlives the requests of clients. */
  #startCall(values: number[]): number {
    const [cluster = 0, clusterLength = 0, pairs = 0, pairsLength = 0, body = 0, bodyLength = 0] = values;
    const name = this.#text(cluster, clusterLength);
    if (this.#effective !== this.#plugin) throw new Error("a call for another context than the plugin's");
    if (!this.clusters.has(name)) return STATUS.badArgument;
    const [timeoutMs = 0, idAt = 0] = values.slice(8);
    const headers = readPairs(this.#bytes(pairs, pairsLength));
    const id = ++this.#callIds;
    this.calls.push({ id, cluster: name, headers, body: this.#text(body, bodyLength), timeoutMs });
    this.#setWord(idAt, id);
    return STATUS.ok;
  }

  #metricId(name: string): number {
    const index = this.#metrics.findIndex((metric) => metric.name === name);
    if (index >= 0) return index;
    return this.#metrics.push({ name, value: 0n }) - 1;
  }

  #updateMetric(id: number, update: (value: bigint) => bigint): number {
    const metric = this.#metrics[id];
    if (metric === undefined) return STATUS.badArgument;
    metric.value = update(metric.value);
    return STATUS.ok;
  }

  #sendLocalResponse(values: number[]): number {
    const [status = 0, details = 0, detailsLength = 0, body = 0, bodyLength = 0, pairs = 0, pairsLength = 0] =
      values;
    const stream = this.#streams.get(this.#effective);
    if (stream === undefined || stream.response !== undefined)
      throw new Error("there is no request to answer");
    stream.response = {
      status,
      details: this.#text(details, detailsLength),
      body: this.#text(body, bodyLength),
      headers: readPairs(this.#bytes(pairs, pairsLength)),
    };
    return STATUS.ok;
  }
}

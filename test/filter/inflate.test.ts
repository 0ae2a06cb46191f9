/** The filter's DEFLATE decoder beside zlib's: what one accepts the other accepts, and to the same bytes. */
import { constants, deflateRawSync, inflateRawSync } from "node:zlib";
import asc from "assemblyscript/asc";
import fc from "fast-check";
import { deflateSync } from "fflate";
import { beforeAll, expect, test } from "vitest";

interface InflateExports {
  memory: WebAssembly.Memory;
  __new(size: number, id: number): number;
  inflate(source: number, length: number, target: number, capacity: number): number;
}

const CAPACITY = 300_000;

let exported: InflateExports;
let source: number;
let target: number;

beforeAll(async () => {
  const options = ["filter/assembly/bytes/inflate.ts", "--outFile=inflate.wasm", "-O3", "--noAssert"];
  let binary: Uint8Array<ArrayBuffer> | undefined;
  const { stderr } = await asc.main([...options, "--config=none", "--runtime=minimal", "--exportRuntime"], {
    writeFile: (_name, contents) => {
      binary = Uint8Array.from(contents as Uint8Array);
    },
  });
  if (binary === undefined) throw new Error(stderr.toString());
  const { instance } = await WebAssembly.instantiate(binary, { env: { abort: () => {} } });
  exported = instance.exports as unknown as InflateExports;
  source = exported.__new(CAPACITY, 1);
  target = exported.__new(CAPACITY, 1);
});

/** What the filter inflates to; undefined where it refuses. */
function inflated(stream: Uint8Array, capacity: number): Buffer | undefined {
  new Uint8Array(exported.memory.buffer).set(stream, source);
  const length = exported.inflate(source, stream.length, target, capacity);
  return length < 0 ? undefined : Buffer.from(exported.memory.buffer.slice(target, target + length));
}

/** What zlib inflates to; undefined where it refuses, or something is left over. */
function expected(stream: Uint8Array, capacity: number): Buffer | undefined {
  try {
    const options = { maxOutputLength: Math.max(capacity, 1), info: true };
    const { buffer, engine } = inflateRawSync(stream, options) as unknown as {
      buffer: Buffer;
      engine: { bytesWritten: number };
    };
    return buffer.length <= capacity && engine.bytesWritten === stream.length ? buffer : undefined;
  } catch {
    return undefined;
  }
}

/** Bytes that repeat themselves near and far, as text does. */
const content = fc
  .array(fc.oneof(fc.uint8Array({ maxLength: 300 }), fc.constant(new Uint8Array(4_000)), fc.nat(9)), {
    maxLength: 60,
  })
  .map((pieces) => {
    const chunks: Uint8Array[] = [];
    for (const piece of pieces) {
      const repeated = typeof piece === "number" ? chunks.at(-1 - piece) : piece;
      if (repeated !== undefined) chunks.push(repeated);
    }
    return Buffer.concat(chunks);
  });

const STRATEGIES = [
  constants.Z_DEFAULT_STRATEGY,
  constants.Z_HUFFMAN_ONLY,
  constants.Z_RLE,
  constants.Z_FIXED,
];

const level = fc.constantFrom(0, 1, 6, 9) as fc.Arbitrary<0 | 1 | 6 | 9>;

const stream = fc.oneof(
  fc
    .tuple(content, level, fc.constantFrom(...STRATEGIES))
    .map(([bytes, level, strategy]) => deflateRawSync(bytes, { level, strategy })),
  fc.tuple(content, level).map(([bytes, level]) => Buffer.from(deflateSync(bytes, { level }))),
);

test("inflates what zlib and fflate deflate", { timeout: 60_000 }, () => {
  fc.assert(
    fc.property(stream, (bytes) => {
      const whole = inflateRawSync(bytes);
      expect(inflated(bytes, whole.length)?.equals(whole)).toBe(true);
      expect(whole.length > 0 ? inflated(bytes, whole.length - 1) : undefined).toBeUndefined();
    }),
    { numRuns: 500 },
  );
});

test("judges damaged streams as zlib does", { timeout: 60_000 }, () => {
  let refused = 0;
  const damage = fc.array(fc.tuple(fc.nat(), fc.nat(255)), { minLength: 1, maxLength: 3 });
  fc.assert(
    fc.property(stream, damage, fc.boolean(), (bytes, changes, isCut) => {
      const damaged = Buffer.from(isCut ? bytes.subarray(0, bytes.length - 1) : bytes);
      // Most of what can be wrong is in the first bytes: the codes.
      for (const [at, value] of changes) damaged[at % Math.min(damaged.length, 80)] = value;
      const verdict = expected(damaged, CAPACITY - 1);
      if (verdict === undefined) refused++;
      expect(inflated(damaged, CAPACITY - 1)?.toString("hex")).toBe(verdict?.toString("hex"));
    }),
    { numRuns: 5_000 },
  );
  expect(refused).toBeGreaterThan(1_000);
});

test("judges random bytes as zlib does", { timeout: 60_000 }, () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => {
      expect(inflated(bytes, 10_000)?.toString("hex")).toBe(expected(bytes, 10_000)?.toString("hex"));
    }),
    { numRuns: 20_000 },
  );
});

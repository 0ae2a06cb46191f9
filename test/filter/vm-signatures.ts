/** The filter's own verifiers, compiled apart from it, for signatures over texts that no token can have. */
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { ALGORITHM_NAMES, type Algorithm } from "../../controller/api/algorithms.ts";
import { compileFilter } from "../../tools/build/filter.ts";

const ENTRY = "filter/assembly/testing/signatures.ts";
/** Longest key, signature or text. */
const MAX_BYTES = 16_384;

interface Exports {
  memory: WebAssembly.Memory;
  _initialize(): void;
  place(length: number): number;
  hash(hashLength: number, at: number, length: number, target: number): void;
  isKey(at: number, length: number): number;
  verify(algorithm: number, ...ranges: number[]): number;
}

async function compileEntry(): Promise<Uint8Array<ArrayBuffer>> {
  const folder = await mkdtemp(join(tmpdir(), "tollgate-signatures-"));
  try {
    await compileFilter(ENTRY, join(folder, "signatures.wasm"));
    return new Uint8Array(await readFile(join(folder, "signatures.wasm")));
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** A VM without a host that verifies. */
export class VmSignatures {
  readonly #exports: Exports;
  readonly #places: number[];

  private constructor(instance: WebAssembly.Instance) {
    this.#exports = instance.exports as unknown as Exports;
    this.#exports._initialize();
    this.#places = Array.from({ length: 3 }, () => this.#exports.place(MAX_BYTES));
  }

  static async create(): Promise<VmSignatures> {
    const module = await WebAssembly.compile(await compileEntry());
    const names = WebAssembly.Module.imports(module).map(({ name }) => name);
    const env = Object.fromEntries(names.map((name) => [name, () => 1]));
    return new VmSignatures(await WebAssembly.instantiate(module, { env }));
  }

  /** Whether bytes are a key that signatures can be verified with. */
  isKey(spki: Uint8Array): boolean {
    const [at = 0, length = 0] = this.#put(spki, 0);
    return this.#exports.isKey(at, length) !== 0;
  }

  /** Whether a signature over a text is right by a key, given as SubjectPublicKeyInfo. */
  verify(algorithm: Algorithm, spki: Uint8Array, signature: Uint8Array, text: Uint8Array): boolean {
    const ranges = [spki, signature, text].flatMap((bytes, index) => this.#put(bytes, index));
    return this.#exports.verify(ALGORITHM_NAMES.indexOf(algorithm), ...ranges) !== 0;
  }

  /** The SHA-2 hash of that many bytes. */
  hash(hashLength: number, text: Uint8Array): Buffer {
    const [at = 0, length = 0] = this.#put(text, 0);
    const target = this.#places[1] ?? 0;
    this.#exports.hash(hashLength, at, length, target);
    return Buffer.from(this.#exports.memory.buffer.slice(target, target + hashLength));
  }

  #put(bytes: Uint8Array, index: number): [at: number, length: number] {
    const at = this.#places[index];
    if (at === undefined || bytes.length > MAX_BYTES) throw new Error("too many bytes");
    new Uint8Array(this.#exports.memory.buffer).set(bytes, at);
    return [at, bytes.length];
  }
}

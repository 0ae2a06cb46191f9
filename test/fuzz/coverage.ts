/**
 * Coverage of a WebAssembly module: a probe at the start of each function, each branch of an `if`, each loop, and
 * behind each conditional branch. A probe that is passed for the first time raises the exported global `probes`.
 */

/** Name of the exported number of probes that were passed, and of the exported flag of each. */
const COUNTER = "probes";
const flagName = (index: number) => `probe${index}`;

const SECTION = { import: 2, global: 6, export: 7, code: 10 } as const;
const GLOBAL_KIND = 3;
const I32 = 0x7f;
const OP = { if: 0x04, loop: 0x03, else: 0x05, branchIf: 0x0d } as const;

/** Reads LEB128 and bytes from a module. */
class Reader {
  at = 0;
  readonly bytes: Uint8Array;

  constructor(bytes: Uint8Array) {
    this.bytes = bytes;
  }

  byte(): number {
    const value = this.bytes[this.at++];
    if (value === undefined) throw new Error("the module ends too early");
    return value;
  }

  unsigned(): number {
    let value = 0;
    for (let scale = 1; ; scale *= 128) {
      const byte = this.byte();
      value += (byte & 0x7f) * scale;
      if (byte < 0x80) return value;
    }
  }

  skip(count: number): void {
    this.at += count;
  }

  take(count: number): Uint8Array {
    this.at += count;
    return this.bytes.subarray(this.at - count, this.at);
  }
}

function leb(value: number): number[] {
  const bytes: number[] = [];
  for (; value >= 0x80; value = Math.floor(value / 128)) bytes.push((value & 0x7f) | 0x80);
  return [...bytes, value];
}

/** A module with probes, and how many of them there are. */
export interface ProbedModule {
  module: WebAssembly.Module;
  probes: number;
}

/** Puts probes into a module that imports no globals; it behaves as before. */
export function addProbes(binary: Uint8Array): ProbedModule {
  const reader = new Reader(binary);
  const head = reader.take(8);
  const sections: { id: number; content: Uint8Array }[] = [];
  while (reader.at < binary.length) {
    const id = reader.byte();
    sections.push({ id, content: reader.take(reader.unsigned()) });
  }
  const globals = new Reader(sections.find(({ id }) => id === SECTION.global)?.content ?? Uint8Array.of(0));
  const counter = globals.unsigned();
  const code = new ProbeWriter(counter);
  const rewritten = sections.map(({ id, content }) => {
    if (id === SECTION.code) return { id, content: code.rewriteAll(content) };
    return { id, content };
  });
  const added = 1 + code.probes;
  const zero = [I32, 0x01, 0x41, 0x00, 0x0b];
  const exported = Array.from({ length: added }, (_, index) => {
    const name = Buffer.from(index === 0 ? COUNTER : flagName(index - 1));
    return [...leb(name.length), ...name, GLOBAL_KIND, ...leb(counter + index)];
  });
  const parts = rewritten.map(({ id, content }) => {
    if (id === SECTION.global)
      return section(
        id,
        extended(
          content,
          Array.from({ length: added }, () => zero),
        ),
      );
    if (id === SECTION.export) return section(id, extended(content, exported));
    return section(id, content);
  });
  return { module: new WebAssembly.Module(Buffer.concat([head, ...parts])), probes: code.probes };
}

function section(id: number, content: Uint8Array): Buffer {
  return Buffer.concat([Buffer.from([id, ...leb(content.length)]), content]);
}

/** A vector with further elements. */
function extended(content: Uint8Array, elements: number[][]): Uint8Array {
  const reader = new Reader(content);
  const count = reader.unsigned();
  return Buffer.concat([
    Buffer.from(leb(count + elements.length)),
    content.subarray(reader.at),
    Buffer.from(elements.flat()),
  ]);
}

class ProbeWriter {
  probes = 0;
  readonly #counter: number;

  constructor(counter: number) {
    this.#counter = counter;
  }

  rewriteAll(content: Uint8Array): Uint8Array {
    const reader = new Reader(content);
    const count = reader.unsigned();
    const bodies: Uint8Array[] = [Buffer.from(leb(count))];
    for (let index = 0; index < count; index++) {
      const body = this.#rewrite(reader.take(reader.unsigned()));
      bodies.push(Buffer.from(leb(body.length)), body);
    }
    return Buffer.concat(bodies);
  }

  #rewrite(body: Uint8Array): Uint8Array {
    const reader = new Reader(body);
    for (let groups = reader.unsigned(); groups > 0; groups--) {
      reader.unsigned();
      reader.byte();
    }
    const parts: Uint8Array[] = [body.subarray(0, reader.at), this.#probe()];
    let from = reader.at;
    while (reader.at < body.length) {
      const opcode = reader.byte();
      skipImmediates(reader, opcode);
      if (opcode !== OP.if && opcode !== OP.loop && opcode !== OP.else && opcode !== OP.branchIf) continue;
      parts.push(body.subarray(from, reader.at), this.#probe());
      from = reader.at;
    }
    return Buffer.concat([...parts, body.subarray(from)]);
  }

  /** `if (flag == 0) { flag = 1; counter += 1 }` */
  #probe(): Uint8Array {
    const flag = leb(this.#counter + 1 + this.probes++);
    const counter = leb(this.#counter);
    const raise = [0x23, ...counter, 0x41, 0x01, 0x6a, 0x24, ...counter];
    return Buffer.from([0x23, ...flag, 0x45, 0x04, 0x40, 0x41, 0x01, 0x24, ...flag, ...raise, 0x0b]);
  }
}

/** Moves behind what follows an opcode (WebAssembly 2.0, section 5.4, without vectors and reference types). */
function skipImmediates(reader: Reader, opcode: number): void {
  if (opcode >= 0x02 && opcode <= 0x04) return void reader.unsigned();
  if (opcode === 0x0c || opcode === OP.branchIf || opcode === 0x10) return void reader.unsigned();
  if (opcode === 0x0e) {
    for (let labels = reader.unsigned() + 1; labels > 0; labels--) reader.unsigned();
  } else if (opcode === 0x11 || (opcode >= 0x28 && opcode <= 0x3e)) {
    reader.unsigned();
    reader.unsigned();
  } else if ((opcode >= 0x20 && opcode <= 0x24) || opcode === 0x41 || opcode === 0x42) {
    reader.unsigned();
  } else if (opcode === 0x3f || opcode === 0x40) {
    reader.skip(1);
  } else if (opcode === 0x43) {
    reader.skip(4);
  } else if (opcode === 0x44) {
    reader.skip(8);
  } else if (opcode === 0xfc) {
    skipExtended(reader);
  } else if (opcode > 0xc4 || opcode === 0x1c || opcode === 0x25 || opcode === 0x26) {
    throw new Error(`unknown opcode 0x${opcode.toString(16)}`);
  }
}

/** Saturating conversions have no operands, `memory.copy` two, `memory.fill` one. */
function skipExtended(reader: Reader): void {
  const opcode = reader.unsigned();
  if (opcode < 8) return;
  if (opcode === 10) reader.skip(2);
  else if (opcode === 11) reader.skip(1);
  else throw new Error(`unknown opcode 0xfc ${opcode}`);
}

/** What one instance of a probed module has passed. */
export class Coverage {
  readonly #globals: Readonly<Record<string, WebAssembly.Global>>;
  readonly #probes: number;

  constructor(instance: WebAssembly.Instance, probes: number) {
    this.#globals = instance.exports as unknown as Record<string, WebAssembly.Global>;
    this.#probes = probes;
  }

  /** How many probes were passed so far. */
  get count(): number {
    return Number(this.#globals[COUNTER]?.value);
  }

  /** Which ones. */
  passed(): number[] {
    const indexes = Array.from({ length: this.#probes }, (_, index) => index);
    return indexes.filter((index) => this.#globals[flagName(index)]?.value !== 0);
  }
}

/** The host functions `expr_…` as far as the filter uses them: `"TEXT".matches("EXPRESSION")`. */

const CALL = /^"((?:[^"\\]|\\.)*)"\.matches\("\\\\A((?:[^"\\]|\\.)*)\\\\z"\)$/;

/** The expressions of one plugin context. */
export class ExpressionFunctions {
  readonly #results = new Map<number, boolean>();
  #next = 0;

  /** Expressions that have not been deleted. */
  get size(): number {
    return this.#results.size;
  }

  /** The answer to a call; undefined where it fails. */
  call(name: string, message: Buffer): Buffer | undefined {
    if (name === "expr_create") return this.#create(message.toString("latin1"));
    const token = message.readUInt32LE(0);
    const result = this.#results.get(token);
    if (name === "expr_evaluate") return result === undefined ? undefined : Buffer.of(Number(result));
    this.#results.delete(token);
    return Buffer.alloc(0);
  }

  #create(text: string): Buffer | undefined {
    const [, value, expression] = CALL.exec(text) ?? [];
    if (value === undefined || expression === undefined) return undefined;
    try {
      const matches = new RegExp(`^${unescaped(expression)}$`).test(unescaped(value));
      this.#results.set(this.#next, matches);
    } catch {
      return undefined;
    }
    const token = Buffer.alloc(4);
    token.writeUInt32LE(this.#next++);
    return token;
  }
}

function unescaped(literal: string): string {
  return literal.replace(/\\([0-7]{3})/g, (_, digits: string) =>
    String.fromCharCode(Number.parseInt(digits, 8)),
  );
}

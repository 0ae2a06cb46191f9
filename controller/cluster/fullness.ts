/** How much of what a WasmPlugin may have is taken, in steps: a status is not written for every policy that comes. */

/** Per cent from which on there is something to say. */
const STEPS = [90, 75, 50];

/** A step is left when there is so much less, in per cent, so that nothing goes to and fro. */
const SLACK = 5;

/** Remembers the step that each workload has reached. */
export class Fullness {
  readonly #maxBytes: number;
  readonly #steps = new Map<string, number>();

  constructor(maxBytes: number) {
    this.#maxBytes = maxBytes;
  }

  /** Whether the size of a workload's WasmPlugin is known. */
  knows(workload: string): boolean {
    return this.#steps.has(workload);
  }

  /** Notes the size of a workload's WasmPlugin. True where that is another step than before. */
  note(workload: string, bytes: number): boolean {
    const percent = (bytes / this.#maxBytes) * 100;
    const before = this.#steps.get(workload) ?? 0;
    const reached = STEPS.find((step) => percent >= (step <= before ? step - SLACK : step)) ?? 0;
    this.#steps.set(workload, reached);
    return reached !== before;
  }

  forget(workload: string): void {
    this.#steps.delete(workload);
  }

  /** What APIRules of a workload are told; undefined while there is room. */
  warningOf(workload: string): string | undefined {
    const step = this.#steps.get(workload) ?? 0;
    if (step === 0) return undefined;
    return `the policies of this gateway take ${step} % or more of the ${this.#maxBytes} bytes that its WasmPlugin may have; beyond them no further policy is taken in`;
  }
}

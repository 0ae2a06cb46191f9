/** Runs targets: takes inputs from a corpus, changes them, and keeps those that reach code that none reached before. */
import { WasmHost } from "../filter/wasm-host.ts";
import { Coverage, type ProbedModule } from "./coverage.ts";
import { NOW } from "./oracle.ts";
import { Random } from "./random.ts";
import type { MakeHost, Target, Verdict } from "./target.ts";

/** An input that must not have come out as it did. */
export interface Finding {
  target: string;
  input: unknown;
  problem: string;
}

const TURN_MS = 100;

/** One target with its corpus, its VMs and its chance. The same seed gives the same inputs. */
export class Run {
  readonly target: Target;
  readonly findings: Finding[] = [];
  readonly deviations = new Map<string, number>();
  executions = 0;
  accepted = 0;
  readonly #random: Random;
  readonly #probed: ProbedModule;
  readonly #seeds: readonly unknown[];
  readonly #corpus: unknown[];
  readonly #unused: unknown[];
  #coverages: Coverage[] = [];
  readonly #passed = new Set<number>();
  #judge: (input: unknown) => Verdict | Promise<Verdict>;

  constructor(target: Target, seed: number, probed: ProbedModule) {
    this.target = target;
    this.#random = new Random(`${seed} ${target.name}`);
    this.#probed = probed;
    this.#seeds = target.seeds();
    this.#corpus = [...this.#seeds];
    this.#unused = [...this.#seeds];
    this.#judge = this.#start();
  }

  /** Inputs that are changed further. */
  get corpusSize(): number {
    return this.#corpus.length;
  }

  /** Probes that its VMs have passed. */
  passed(): ReadonlySet<number> {
    for (const coverage of this.#coverages) for (const probe of coverage.passed()) this.#passed.add(probe);
    return this.#passed;
  }

  /** Runs that many inputs. */
  async execute(count: number): Promise<void> {
    for (let done = 0; done < count; done++) await this.#executeOne();
  }

  /** Runs inputs for its turn, or until `deadline`. */
  async takeTurn(deadline: number): Promise<void> {
    const end = Math.min(deadline, performance.now() + TURN_MS);
    do await this.#executeOne();
    while (performance.now() < end);
  }

  async #executeOne(): Promise<void> {
    const input = this.#unused.pop() ?? this.target.mutate(this.#pick(), this.#random);
    const before = this.#covered();
    this.executions++;
    try {
      const { accepted, deviation, problem } = await this.#judge(input);
      if (accepted) this.accepted++;
      if (deviation !== undefined) this.deviations.set(deviation, (this.deviations.get(deviation) ?? 0) + 1);
      if (problem !== undefined) this.findings.push({ target: this.target.name, input, problem });
    } catch (error) {
      this.findings.push({ target: this.target.name, input, problem: String(error) });
      this.passed();
      this.#judge = this.#start();
      return;
    }
    if (this.target.unguided !== true && this.#covered() > before) this.#corpus.push(input);
  }

  /** A seed as often as an input that was made of one. */
  #pick(): unknown {
    return this.#random.pick(this.#random.oneIn(2) ? this.#seeds : this.#corpus);
  }

  #covered(): number {
    return this.#coverages.reduce((sum, coverage) => sum + coverage.count, 0);
  }

  #start(): (input: unknown) => Verdict | Promise<Verdict> {
    this.#coverages = [];
    const makeHost: MakeHost = (options = {}) => {
      const host = new WasmHost({ ...options, module: this.#probed.module });
      host.now = NOW;
      this.#coverages.push(new Coverage(host.instance, this.#probed.probes));
      return host;
    };
    return this.target.start(makeHost);
  }
}

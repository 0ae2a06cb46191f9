/** One kind of input to fuzz. */
import type { WasmHost } from "../filter/wasm-host.ts";
import type { Random } from "./random.ts";

/** What came of one input. */
export interface Verdict {
  accepted: boolean;
  /** Id of the deviation (deviations.ts) that explains why filter and oracle disagree. */
  deviation?: string;
  /** What is wrong, where something is. */
  problem?: string;
}

/** Makes a VM with the module under test in it. */
export type MakeHost = (options?: { verifiesSignatures?: boolean }) => WasmHost;

/** Inputs are JSON values, so that one that found something can be kept in a file. */
export interface Target<Input = unknown> {
  readonly name: string;
  /** Inputs that reach new code are not kept: signatures of fresh keys reach some by chance, and runs would differ. */
  readonly unguided?: true;
  /** Inputs to start from: at least one that is accepted. */
  seeds(): readonly Input[];
  mutate(input: Input, random: Random): Input;
  /** Prepares VMs; the result runs one input and compares what comes of it with an oracle. */
  start(makeHost: MakeHost): (input: Input) => Verdict | Promise<Verdict>;
}

/** Forgets the type of the inputs, for lists of targets. */
export function target<Input>(definition: Target<Input>): Target {
  return definition as Target;
}

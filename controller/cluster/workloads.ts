/** The workloads of gateways, and which policies their pods have to run. */
import { canonicalJson } from "../model/ids.ts";
import { canSharePods, covers, type Selector } from "../model/selector.ts";
import { PolicyUse } from "./policy-use.ts";

/** A workload of gateways that is not known yet: what is named there has to be kept everywhere. */
export const ANY_WORKLOAD = "";

/**
 * A workload is a selector in normal form. Two of them may be the same pods under different labels, now or later, so
 * that each WasmPlugin has to hold the policies of all workloads that can share pods with it.
 */
export class Workloads {
  /** What results of APIRules name. */
  readonly wanted = new PolicyUse();
  /** What VirtualServices in the cluster name. */
  readonly live = new PolicyUse();
  readonly #selectors = new Map<string, Selector>();
  readonly #neighbours = new Map<string, string[]>();

  /** Makes a selector known, and returns its workload. */
  note(selector: Selector): string {
    const workload = canonicalJson(selector);
    if (this.#selectors.has(workload)) return workload;
    const neighbours = [workload];
    for (const [other, labels] of this.#selectors) {
      if (!canSharePods(selector, labels)) continue;
      neighbours.push(other);
      this.#neighbours.get(other)?.push(workload);
    }
    this.#selectors.set(workload, selector);
    this.#neighbours.set(workload, neighbours);
    return workload;
  }

  /** The labels of a workload's pods; of one that is not known there are none. */
  selectorOf(workload: string): Selector {
    return this.#selectors.get(workload) ?? {};
  }

  /** Every workload that is known. */
  all(): string[] {
    return [...this.#selectors.keys()];
  }

  /** The workloads that can share pods with one, which is among them. */
  neighboursOf(workload: string): readonly string[] {
    return this.#neighbours.get(workload) ?? [];
  }

  /** Whether anything is exposed, or is to be exposed, at a workload. */
  isInUse(workload: string): boolean {
    return this.wanted.has(workload) || this.live.has(workload);
  }

  /** Whether a workload that is in use takes a WasmPlugin: one of fewer labels reaches its pods as well. */
  takesPlugin(workload: string): boolean {
    if (!this.isInUse(workload)) return false;
    const wider = this.neighboursOf(workload).filter((other) => other !== workload && this.isInUse(other));
    return !wider.some((other) => covers(this.selectorOf(other), this.selectorOf(workload)));
  }

  /** The workloads whose WasmPlugins reach every pod of a workload in use. */
  pluginsOf(workload: string): string[] {
    const selector = this.selectorOf(workload);
    return this.neighboursOf(workload).filter(
      (other) => this.takesPlugin(other) && covers(this.selectorOf(other), selector),
    );
  }

  /** The workloads in use whose pods the WasmPlugin of a workload reaches. */
  reachedFrom(workload: string): string[] {
    const selector = this.selectorOf(workload);
    return this.neighboursOf(workload).filter(
      (other) => this.isInUse(other) && covers(selector, this.selectorOf(other)),
    );
  }

  /** Ids of the policies that results name where the WasmPlugin of a workload may be asked for them. */
  wantedPolicies(workload: string): Set<string> {
    return union(this.neighboursOf(workload).map((other) => this.wanted.policiesAt(other)));
  }

  /** As `wantedPolicies`, for the policies that VirtualServices name, also at a workload that is not known. */
  livePolicies(workload: string): Set<string> {
    return union([...this.neighboursOf(workload), ANY_WORKLOAD].map((other) => this.live.policiesAt(other)));
  }
}

function union(sets: readonly Set<string>[]): Set<string> {
  const all = new Set<string>();
  for (const set of sets) for (const id of set) all.add(id);
  return all;
}

/** Labels by which Gateways and WasmPlugins select pods. */
import type { Gateway } from "../api/resources.ts";

/** Every pod that has all of these labels. */
export type Selector = Readonly<Record<string, string>>;

/** The selector of a Gateway that is not known, or that has none: a WasmPlugin without one would reach every sidecar. */
const DEFAULT_SELECTOR: Selector = { istio: "ingressgateway" };

/** The labels of the pods that serve a Gateway. */
export function workloadSelector(gateway: Gateway | undefined): Selector {
  const declared = gateway?.spec.selector ?? {};
  return Object.keys(declared).length > 0 ? declared : DEFAULT_SELECTOR;
}

/** Whether every pod with the labels `narrow` is one that `wide` selects. */
export function covers(wide: Selector, narrow: Selector): boolean {
  return Object.entries(wide).every(([name, value]) => narrow[name] === value);
}

/** Whether a pod can have the labels of both. */
export function canSharePods(one: Selector, other: Selector): boolean {
  return Object.entries(one).every(([name, value]) => (other[name] ?? value) === value);
}

/** The selectors that no other one covers; all of them must be different. */
export function widest(selectors: readonly Selector[]): Selector[] {
  return selectors.filter((narrow) => !selectors.some((wide) => wide !== narrow && covers(wide, narrow)));
}

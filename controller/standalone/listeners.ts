import { setTimeout as delay } from "node:timers/promises";
import { ControllerError } from "../errors.ts";
import { type PlannedListener, planListeners } from "../render/envoy/listener-plan.ts";
import { isListening, reachable, requireFreePort } from "./ports.ts";
import type { InForce } from "./state.ts";

const POLL_MS = 20;
const TIMEOUT_MS = 5_000;

/**
 * The sockets of a state.
 *
 * @throws ControllerError when there is none: nothing could be reached
 */
export function listenersOf({ gateways }: InForce, portOverride?: number): PlannedListener[] {
  const listeners = planListeners(gateways, portOverride);
  if (listeners.length > 0) return listeners;
  throw new ControllerError(
    "config_invalid",
    "no Gateway with a server: add one, for its servers are what listens",
  );
}

/** Makes sure that all sockets can be opened. Throws ControllerError that names the port. */
export async function requireFreeListeners(listeners: readonly PlannedListener[]): Promise<void> {
  for (const listener of listeners) {
    await requireFreePort(listener, "choose another with --port or in the Gateway");
  }
}

/** Waits until all sockets accept connections. Throws ControllerError after 5 s. */
export async function waitForListeners(
  listeners: readonly PlannedListener[],
  signal: AbortSignal,
): Promise<void> {
  const deadline = Date.now() + TIMEOUT_MS;
  for (const listener of listeners) {
    while (!(await isListening(listener))) {
      if (Date.now() > deadline) {
        throw new ControllerError(
          "timeout",
          `nothing listens on port ${listener.port} of ${listener.address} after 5 s`,
        );
      }
      await delay(POLL_MS, undefined, { signal });
    }
  }
}

/** The URL to show: that of the first plain HTTP socket, else of the first one. */
export function urlOf(listeners: readonly PlannedListener[]): string {
  const plain = listeners.find(({ chains }) => chains.some(({ tls }) => tls === undefined));
  const { address = "", port } = plain ?? listeners[0] ?? {};
  const host = reachable(address);
  return `${plain ? "http" : "https"}://${host.includes(":") ? `[${host}]` : host}:${port}`;
}

import { findFreePort, PortTakenError } from "../../../tools/demo/loopback.ts";

/** Below the ports that the kernel gives to outgoing connections, which could take one before its server does. */
const LOWEST_PORT = 10_000;
const HIGHEST_PORT = 30_000;
const ATTEMPTS = 50;

/** Every address of a control plane, on 127.0.0.1. */
const PORT_NAMES = [
  "etcd",
  "etcdPeer",
  "apiServer",
  "controllerManager",
  "istiodPlain",
  "istiodTls",
  "istiodHttp",
  "istiodWebhook",
  "istiodMonitoring",
  "istiodIntrospection",
  "gateway",
  "gatewayAdmin",
  "gatewayMetrics",
  "gatewayStatus",
  "sidecar",
  "sidecarAdmin",
  "sidecarMetrics",
  "sidecarStatus",
  "sample",
  "controller",
  "relay",
] as const;

/** The port of each address. */
export type Ports = Record<(typeof PORT_NAMES)[number], number>;

/**
 * Chooses ports that are free. They lie together, so that of environments that start at the same moment hardly two
 * choose the same.
 * @throws Error when there is no such place
 */
export async function chooseFreePorts(): Promise<Ports> {
  for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
    const blocks = (HIGHEST_PORT - LOWEST_PORT) / PORT_NAMES.length;
    const first = LOWEST_PORT + Math.floor(Math.random() * blocks) * PORT_NAMES.length;
    const ports = Object.fromEntries(PORT_NAMES.map((name, index) => [name, first + index])) as Ports;
    if (await allFree(ports)) return ports;
  }
  throw new Error(`no ${PORT_NAMES.length} free ports in a row on 127.0.0.1`);
}

/** Whether each port could be listened on a moment ago. */
export async function allFree(ports: Ports): Promise<boolean> {
  try {
    for (const port of Object.values(ports)) await findFreePort(port);
    return true;
  } catch (error) {
    if (error instanceof PortTakenError) return false;
    throw error;
  }
}

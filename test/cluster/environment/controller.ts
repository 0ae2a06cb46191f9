import { join } from "node:path";
import { packageRoot } from "../../../controller/standalone/installation.ts";
import type { ControlPlane } from "./control-plane.ts";
import { RELAY_SERVICE, relayService } from "./objects.ts";
import type { Part } from "./part.ts";
import { statusOf } from "./probe.ts";

const PROGRAM = join(packageRoot(), "bin", "tollgate.mjs");

/** The namespace in which replicas elect their leader. */
const NAMESPACE = { apiVersion: "v1", kind: "Namespace", metadata: { name: "tollgate-system" } };

/** Starts `tollgate controller` with the administrator's rights and waits until it says that it is ready. */
export async function startController({ ports, kubeconfig, kubectl, run }: ControlPlane): Promise<Part> {
  const address = `127.0.0.1:${ports.controller}`;
  await kubectl.apply([NAMESPACE, ...relayService(ports.relay)]);
  return run({
    name: "controller",
    command: () => ({
      program: process.execPath,
      arguments: [
        ...[PROGRAM, "controller", `--kubeconfig=${kubeconfig}`, `--address=${address}`],
        ...[`--relay-address=127.0.0.1:${ports.relay}`, `--relay-service=${RELAY_SERVICE}`],
        ...[`--module-url=http://${address}/tollgate.wasm`, "--allow-loopback-keys"],
      ],
    }),
    isReady: async () => (await statusOf(`http://${address}/readyz`)) === 200,
  });
}

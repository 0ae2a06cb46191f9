import { fileURLToPath } from "node:url";
import { packageRoot } from "../../../controller/standalone/installation.ts";
import type { ControlPlane } from "./control-plane.ts";
import { loopbackService } from "./objects.ts";
import type { Part } from "./part.ts";
import { statusOf } from "./probe.ts";

const PROGRAM = fileURLToPath(new URL("./sample-process.ts", import.meta.url));
const SERVICE_PORT = 8000;

/** Starts an echo workload and puts it into the cluster as the Service `default/sample` with port 8000. */
export async function startSample({ kubectl, ports, run }: ControlPlane): Promise<Part> {
  const part = await run({
    name: "sample",
    command: () => ({
      program: process.execPath,
      arguments: ["--import", "tsx", PROGRAM, String(ports.sample)],
      folder: packageRoot(),
    }),
    isReady: async () => (await statusOf(`http://127.0.0.1:${ports.sample}/`)) === 200,
  });
  await kubectl.apply(loopbackService({ name: "sample", port: SERVICE_PORT, targetPort: ports.sample }));
  return part;
}

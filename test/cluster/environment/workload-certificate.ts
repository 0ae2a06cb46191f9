import { existsSync } from "node:fs";
import { mkdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import type { ObjectRef } from "../../../controller/model/exposure.ts";
import { agent, agentFolder } from "./agent.ts";
import type { ControlPlane } from "./control-plane.ts";

/** What a workload proves its identity in the mesh with, in PEM. */
export interface WorkloadCertificate {
  key: string;
  cert: string;
  /** The authority that the certificates of the mesh are verified with. */
  ca: string;
}

/** Has istiod sign a certificate for a ServiceAccount, by an agent without Envoy. */
export async function issueWorkloadCertificate(
  { layout, kubectl, run }: ControlPlane,
  { namespace, name }: ObjectRef,
): Promise<WorkloadCertificate> {
  const part = "certificate-agent";
  const folder = join(agentFolder(layout, part), `${namespace}.${name}`);
  await mkdir(folder, { recursive: true });
  const file = (name: string) => join(folder, `${name}.pem`);
  const running = await run(
    agent(layout, kubectl, {
      part,
      type: "sidecar",
      pod: { name, namespace, serviceAccount: name, labels: {} },
      environment: { DISABLE_ENVOY: "true", OUTPUT_CERTS: folder },
      isReady: async () => ["key", "cert-chain", "root-cert"].map(file).every(existsSync),
    }),
  );
  await running.kill();
  const read = (name: string) => readFile(file(name), "utf8");
  return { key: await read("key"), cert: await read("cert-chain"), ca: await read("root-cert") };
}

/** Calls of a workload in the mesh that do not come through the gateway. */
import type { ConnectionOptions } from "node:tls";
import { openClient, type RawResponse } from "../../support/client.ts";
import type { WorkloadCertificate } from "../environment/workload-certificate.ts";

/** Whom to call. */
export interface MeshWorkload {
  /** `host:port`. */
  address: string;
  /** What it has to prove by mutual TLS, as SPIFFE ID. */
  identity: string;
}

/** By which a sidecar tells mutual TLS of the mesh from TLS of the workload itself. */
const MESH_PROTOCOL = "istio";

/** Sends a GET over a connection of its own: by mutual TLS under the identity of a certificate, without one in plain text. */
export async function callDirectly(
  { address, identity }: MeshWorkload,
  path: string,
  certificate?: WorkloadCertificate,
): Promise<RawResponse> {
  const client =
    certificate === undefined
      ? openClient(`http://${address}`, 1)
      : openClient(`https://${address}`, 1, mutualTls(certificate, identity));
  try {
    return await client.send({ method: "GET", path, headers: [["host", address]] });
  } finally {
    client.close();
  }
}

function mutualTls(certificate: WorkloadCertificate, identity: string): ConnectionOptions {
  return {
    ...certificate,
    ALPNProtocols: [MESH_PROTOCOL],
    checkServerIdentity: (_host, { subjectaltname }) =>
      subjectaltname === `URI:${identity}`
        ? undefined
        : new Error(`the workload is ${subjectaltname}, not ${identity}`),
  };
}

/** etcd, kube-apiserver and kube-controller-manager. */
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { auditArguments, writeAuditPolicy } from "./audit.ts";
import { filesOf, type Layout } from "./layout.ts";
import type { PartDefinition } from "./part.ts";
import { statusOf } from "./probe.ts";

const SERVICE_CIDR = "10.96.0.0/16";

/** Owner references, deletion of namespaces, aggregated roles, service accounts, root certificates, endpoints. */
const CONTROLLERS = [
  "garbage-collector-controller",
  "namespace-controller",
  "clusterrole-aggregation-controller",
  "serviceaccount-controller",
  "root-ca-certificate-publisher-controller",
  "endpointslice-controller",
];

export function etcd({ folder, ports, binaries }: Layout): PartDefinition {
  const clientUrl = `http://127.0.0.1:${ports.etcd}`;
  const peerUrl = `http://127.0.0.1:${ports.etcdPeer}`;
  return {
    name: "etcd",
    command: () => ({
      program: binaries.program("etcd"),
      arguments: [
        `--data-dir=${join(folder, "etcd")}`,
        "--unsafe-no-fsync",
        "--log-level=error",
        ...[`--listen-client-urls=${clientUrl}`, `--advertise-client-urls=${clientUrl}`],
        ...[`--listen-peer-urls=${peerUrl}`, `--initial-advertise-peer-urls=${peerUrl}`],
        `--initial-cluster=default=${peerUrl}`,
      ],
    }),
    isReady: async () => (await statusOf(`${clientUrl}/readyz`)) === 200,
  };
}

export function apiServer(layout: Layout): PartDefinition {
  const { folder, ports, binaries } = layout;
  const files = filesOf(layout);
  return {
    name: "api-server",
    prepare: () => writeAuditPolicy(folder),
    command: () => ({
      program: binaries.program("kube-apiserver"),
      arguments: [
        `--etcd-servers=http://127.0.0.1:${ports.etcd}`,
        ...["--bind-address=127.0.0.1", "--advertise-address=127.0.0.1", `--secure-port=${ports.apiServer}`],
        ...["--cert-dir=api-server", `--token-auth-file=${files.tokens}`, "--authorization-mode=RBAC"],
        "--service-account-issuer=https://kubernetes.default.svc",
        `--service-account-key-file=${files.serviceAccountPublicKey}`,
        `--service-account-signing-key-file=${files.serviceAccountKey}`,
        ...[`--service-cluster-ip-range=${SERVICE_CIDR}`, "--endpoint-reconciler-type=none"],
        ...auditArguments(folder),
      ],
    }),
    isReady: () => answersSecurely(`https://127.0.0.1:${ports.apiServer}/readyz`, files.apiServerCertificate),
  };
}

export function controllerManager(layout: Layout): PartDefinition {
  const { folder, ports, binaries } = layout;
  const files = filesOf(layout);
  return {
    name: "controller-manager",
    command: () => ({
      program: binaries.program("kube-controller-manager"),
      arguments: [
        `--kubeconfig=${files.kubeconfig}`,
        ...["--bind-address=127.0.0.1", `--secure-port=${ports.controllerManager}`],
        ...["--cert-dir=controller-manager", "--leader-elect=false"],
        `--root-ca-file=${files.apiServerCertificate}`,
        `--controllers=${CONTROLLERS.join(",")}`,
      ],
    }),
    isReady: () =>
      answersSecurely(
        `https://127.0.0.1:${ports.controllerManager}/healthz`,
        join(folder, "controller-manager", "kube-controller-manager.crt"),
      ),
  };
}

async function answersSecurely(url: string, certificateFile: string): Promise<boolean> {
  const ca = await readFile(certificateFile, "utf8").catch(() => undefined);
  return ca !== undefined && (await statusOf(url, { ca })) === 200;
}

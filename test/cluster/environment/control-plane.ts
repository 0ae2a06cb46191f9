/** A Kubernetes API server with Istio and its ingress gateway, on 127.0.0.1. */
import { mkdir, realpath, rm } from "node:fs/promises";
import { join } from "node:path";
import type { ObjectRef } from "../../../controller/model/exposure.ts";
import { ensureEnvoy } from "../../../tools/setup/envoy.ts";
import { StepError } from "../../../tools/setup/step.ts";
import { ensureBinaries } from "./binaries.ts";
import { prepareCredentials, writeKubeconfig } from "./credentials.ts";
import { gateway } from "./gateway.ts";
import { registerGatewayPod } from "./gateway-pod.ts";
import {
  ISTIO_NAMESPACE,
  istioObjects,
  MESH_CONFIG,
  meshConfiguration,
  WEBHOOK_NAME,
} from "./istio-objects.ts";
import { istiod } from "./istiod.ts";
import { type Kubectl, kubectlFor } from "./kubectl.ts";
import { apiServer, controllerManager, etcd } from "./kubernetes.ts";
import { filesOf, type Layout } from "./layout.ts";
import { Part, type PartDefinition } from "./part.ts";
import type { Ports } from "./ports.ts";
import { reservePorts } from "./reserved-ports.ts";
import { makeTemporaryFolder, removeStaleFolders, stopEverything } from "./stop.ts";
import { holdsWithin } from "./wait.ts";

/** How a control plane is started. */
export interface ControlPlaneOptions {
  /** Holds all its files, and those of an earlier start; default: a temporary folder that `stop` removes. */
  dir?: string;
  /** It outlives this process; another start with the same folder finds it running. */
  detached?: boolean;
  /** Gets a line for each step. */
  onProgress?: (message: string) => void;
}

/** A running control plane. */
export interface ControlPlane {
  readonly folder: string;
  readonly ports: Ports;
  /** For parts that it has beside its own. */
  readonly layout: Layout;
  /** The administrator's kubeconfig. */
  readonly kubeconfig: string;
  /** Writes a kubeconfig with the rights of a service account, and resolves with its path. */
  kubeconfigOf(serviceAccount: ObjectRef): Promise<string>;
  /** Path of the kubectl that belongs to it. */
  readonly kubectlPath: string;
  readonly kubectl: Kubectl;
  /** Envoy's addresses; `url` answers once a Gateway names its port. */
  readonly gateway: { url: string; adminUrl: string; metricsUrl: string };
  readonly parts: Readonly<Record<ControlPlanePart, Part>>;
  /** Adds a process that is stopped with the rest, and waits until it is ready. */
  run(definition: PartDefinition): Promise<Part>;
  /** Ends every process. A temporary folder is removed. */
  stop(): Promise<void>;
}

/** The parts that every control plane has. */
export type ControlPlanePart = "etcd" | "api-server" | "controller-manager" | "istiod" | "gateway";

const DEFINITIONS_WITHIN_MS = 30_000;
const WEBHOOK_CLOSED_WITHIN_MS = 30_000;
const GRACE_MS = 2_000;

/**
 * Starts a control plane and waits until it is complete, the validation of Istio's objects included. It ends with
 * this process, unless it is detached. What earlier owners left behind when they were killed is removed first.
 *
 * @throws GoMissing when it has to be built and cannot
 * @throws StepError when a part does not start; everything is stopped then
 */
export async function startControlPlane(options: ControlPlaneOptions = {}): Promise<ControlPlane> {
  const { dir, detached = false, onProgress = () => {} } = options;
  if (process.platform !== "linux") throw new StepError("The control plane runs on Linux only.");
  const [binaries, envoy] = [await ensureBinaries(), await ensureEnvoy()];
  await removeStaleFolders();
  const folder = dir === undefined ? await makeTemporaryFolder() : await makeFolder(dir);
  if (!detached) await stopEverything(folder, 0);
  const layout: Layout = { folder, binaries, envoy, ports: await reservePorts(folder) };
  const controlPlane = assemble(layout, detached, dir === undefined);
  try {
    await startParts(controlPlane, layout, onProgress);
    return controlPlane;
  } catch (error) {
    await controlPlane.stop();
    throw error;
  }
}

function assemble(layout: Layout, detached: boolean, temporary: boolean): ControlPlane {
  const { folder, ports, binaries } = layout;
  const household = { folder, detached };
  const kubectl = kubectlFor(layout);
  const at = (port: number) => `http://127.0.0.1:${port}`;
  return {
    folder,
    ports,
    layout,
    kubeconfig: filesOf(layout).kubeconfig,
    async kubeconfigOf({ namespace, name }) {
      const file = join(folder, `${namespace}.${name}.kubeconfig`);
      const token = await kubectl("create", "token", name, `--namespace=${namespace}`, "--duration=24h");
      await writeKubeconfig(layout, file, token);
      return file;
    },
    kubectlPath: binaries.program("kubectl"),
    kubectl,
    gateway: {
      url: at(ports.gateway),
      adminUrl: at(ports.gatewayAdmin),
      metricsUrl: `${at(ports.gatewayMetrics)}/stats/prometheus`,
    },
    parts: {
      etcd: new Part(etcd(layout), household),
      "api-server": new Part(apiServer(layout), household),
      "controller-manager": new Part(controllerManager(layout), household),
      istiod: new Part(istiod(layout), household),
      gateway: new Part(gateway(layout, kubectl), household),
    },
    async run(definition) {
      const part = new Part(definition, household);
      await part.start();
      return part;
    },
    async stop() {
      await stopEverything(folder, temporary ? 0 : GRACE_MS);
      if (temporary) await rm(folder, { recursive: true, force: true });
    },
  };
}

async function startParts(
  { parts, kubectl }: ControlPlane,
  layout: Layout,
  onProgress: (message: string) => void,
): Promise<void> {
  await prepareCredentials(layout);
  onProgress("API server: etcd, kube-apiserver, kube-controller-manager");
  await parts.etcd.start();
  await parts["api-server"].start();
  await parts["controller-manager"].start();
  onProgress("Istio: CRDs and istiod");
  await kubectl(
    "apply",
    "--server-side",
    "--force-conflicts",
    "-f",
    layout.binaries.istioFile("istio-crds.yaml"),
  );
  await definitionsEstablished(kubectl);
  await kubectl.apply(istioObjects(layout));
  await keepMeshConfiguration(kubectl);
  await parts.istiod.start();
  onProgress("ingress gateway: Istio's agent with Envoy");
  await parts.gateway.start();
  await registerGatewayPod(layout, kubectl);
  await validationClosed(kubectl);
}

/** Leaves the mesh configuration as an earlier start, or somebody since then, has made it. */
async function keepMeshConfiguration(kubectl: Kubectl): Promise<void> {
  const get = ["get", "configmap", MESH_CONFIG, `--namespace=${ISTIO_NAMESPACE}`, "--ignore-not-found"];
  if ((await kubectl(...get, "--output=name")) === "") await kubectl.apply([meshConfiguration()]);
}

/** Waits for Istio's resource definitions. One without any condition yet makes kubectl fail, so it is asked again. */
async function definitionsEstablished(kubectl: Kubectl): Promise<void> {
  const wait = ["wait", "crd", "--all", "--for=condition=Established", "--timeout=30s"];
  const ask = () =>
    kubectl(...wait).then(
      () => true,
      () => false,
    );
  if (!(await holdsWithin(DEFINITIONS_WITHIN_MS, ask))) await kubectl(...wait);
}

/** Waits until istiod has taken its webhook into operation: from then on it refuses what it does not understand. */
async function validationClosed(kubectl: Kubectl): Promise<void> {
  const output = "--output=jsonpath={.webhooks[0].failurePolicy}";
  const get = ["get", "validatingwebhookconfiguration", WEBHOOK_NAME, output];
  const closed = await holdsWithin(WEBHOOK_CLOSED_WITHIN_MS, async () => (await kubectl(...get)) === "Fail");
  if (!closed)
    throw new StepError(`istiod in ${ISTIO_NAMESPACE} has not taken ${WEBHOOK_NAME} into operation`);
}

async function makeFolder(path: string): Promise<string> {
  await mkdir(path, { recursive: true });
  return realpath(path);
}

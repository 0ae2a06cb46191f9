/** Istio's agent, as it runs in the pods of the mesh: it gets their certificates and starts their Envoy. */
import { access, constants, mkdir, readFile, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { messageOf } from "../../../controller/errors.ts";
import { StepError } from "../../../tools/setup/step.ts";
import { ISTIO_NAMESPACE } from "./istio-objects.ts";
import type { Kubectl } from "./kubectl.ts";
import type { Layout } from "./layout.ts";
import type { PartDefinition } from "./part.ts";
import type { PartName } from "./processes.ts";
import { holdsWithin } from "./wait.ts";

/** What an agent knows of the pod that it runs in. */
interface AgentPod {
  name: string;
  namespace: string;
  /** Its identity in the mesh. */
  serviceAccount: string;
  labels: Record<string, string>;
}

/** What is particular to an agent. */
export interface AgentOptions extends Pick<PartDefinition, "isReady"> {
  part: PartName;
  type: "router" | "sidecar";
  pod: AgentPod;
  /** Added to its variables. */
  environment?: Record<string, string>;
  /** Added to Istio's ProxyConfig. */
  proxyConfig?: object;
}

/** Where the agent puts modules that it has downloaded; the path is fixed in its source. */
const MODULE_FOLDER = "/var/lib/istio/data";
const TOKEN_LIFETIME = "24h";
const ROOT_CERTIFICATE_WITHIN_MS = 10_000;

/** Turns off the agent's own status server, which would listen on every address of the machine. */
const ANNOTATIONS = { "status.sidecar.istio.io/port": "0" };

/** The working folder of an agent. */
export function agentFolder({ folder }: Pick<Layout, "folder">, part: PartName): string {
  return join(folder, part);
}

export function agent(layout: Layout, kubectl: Kubectl, options: AgentOptions): PartDefinition {
  const { part, type, pod, environment, proxyConfig } = options;
  const folder = agentFolder(layout, part);
  const istiodAddress = `localhost:${layout.ports.istiodTls}`;
  return {
    name: part,
    prepare: () => writeAgentFiles(layout, options, kubectl),
    command: () => ({
      program: layout.binaries.program("pilot-agent"),
      arguments: ["proxy", type, `--domain=${pod.namespace}.svc.cluster.local`, "--proxyLogLevel=warning"],
      environment: {
        ...{ POD_NAME: pod.name, POD_NAMESPACE: pod.namespace, SERVICE_ACCOUNT: pod.serviceAccount },
        ...{ INSTANCE_IP: "127.0.0.1", HOST_IP: "127.0.0.1", TRUST_DOMAIN: "cluster.local" },
        ...{ ISTIO_META_CLUSTER_ID: "Kubernetes", ISTIO_META_MESH_ID: "cluster.local" },
        ...{ CA_ADDR: istiodAddress, ISTIOD_SAN: `istiod.${ISTIO_NAMESPACE}.svc` },
        PROXY_CONFIG: JSON.stringify({
          discoveryAddress: istiodAddress,
          configPath: join(folder, "etc/istio/proxy"),
          ...proxyConfig,
        }),
        ...environment,
      },
      folder,
    }),
    isReady: options.isReady,
    deathSignal: "TERM",
  };
}

/** What a pod finds in its file system; the agent looks for all of it below its working folder. */
async function writeAgentFiles(layout: Layout, { part, pod }: AgentOptions, kubectl: Kubectl): Promise<void> {
  const folder = agentFolder(layout, part);
  await makeModuleFolder();
  await mkdir(join(folder, "etc/istio/proxy"), { recursive: true });
  const bootstrap = await readFile(layout.binaries.istioFile("envoy-bootstrap.json"), "utf8");
  const files = {
    "var/lib/istio/envoy/envoy_bootstrap_tmpl.json": bootstrap.replaceAll(
      "{{ .wildcard }}",
      "{{ .localhost }}",
    ),
    "etc/istio/pod/labels": downwardApiFile(pod.labels),
    "etc/istio/pod/annotations": downwardApiFile(ANNOTATIONS),
    "var/run/secrets/tokens/istio-token": await createToken(pod, kubectl),
    "var/run/secrets/istio/root-cert.pem": await readRootCertificate(kubectl),
  };
  for (const [path, content] of Object.entries(files)) {
    const file = join(folder, path);
    await mkdir(dirname(file), { recursive: true });
    await writeFile(file, content, { mode: 0o600 });
  }
}

async function makeModuleFolder(): Promise<void> {
  try {
    await mkdir(MODULE_FOLDER, { recursive: true });
    await access(MODULE_FOLDER, constants.W_OK);
  } catch (error) {
    throw new StepError(
      `Istio's agent keeps modules in ${MODULE_FOLDER}, which cannot be written (${messageOf(error)}). ` +
        `Make it once: sudo install -d -o "$USER" ${MODULE_FOLDER}`,
    );
  }
}

function downwardApiFile(entries: Record<string, string>): string {
  return Object.entries(entries)
    .map(([name, value]) => `${name}=${JSON.stringify(value)}\n`)
    .join("");
}

function createToken({ namespace, serviceAccount }: AgentPod, kubectl: Kubectl): Promise<string> {
  const options = ["--audience=istio-ca", `--duration=${TOKEN_LIFETIME}`];
  return kubectl("create", "token", serviceAccount, `--namespace=${namespace}`, ...options);
}

/** The certificate of istiod's authority, which istiod publishes some time after its start. */
async function readRootCertificate(kubectl: Kubectl): Promise<string> {
  let certificate = "";
  const output = "--output=jsonpath={.data.root-cert\\.pem}";
  const get = ["get", "configmap", "istio-ca-root-cert", `--namespace=${ISTIO_NAMESPACE}`, output];
  const published = await holdsWithin(ROOT_CERTIFICATE_WITHIN_MS, async () => {
    certificate = await kubectl(...get, "--ignore-not-found");
    return certificate !== "";
  });
  if (!published) throw new StepError("istiod has not published its root certificate");
  return certificate;
}

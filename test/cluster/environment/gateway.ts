/** The ingress gateway: Istio's agent, which starts Envoy and stands between it and istiod. */
import { access, constants, mkdir, readFile, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { messageOf } from "../../../controller/errors.ts";
import { StepError } from "../../../tools/setup/step.ts";
import { GATEWAY_LABELS, GATEWAY_NAME, GATEWAY_POD, ISTIO_NAMESPACE } from "./istio-objects.ts";
import type { Kubectl } from "./kubectl.ts";
import type { Layout } from "./layout.ts";
import type { Command, PartDefinition } from "./part.ts";
import { statusOf } from "./probe.ts";
import { holdsWithin } from "./wait.ts";

/** Where the agent puts modules that it has downloaded; the path is fixed in its source. */
const MODULE_FOLDER = "/var/lib/istio/data";
const TOKEN_LIFETIME = "24h";
const ROOT_CERTIFICATE_WITHIN_MS = 10_000;

/** Turns off the agent's own status server, which would listen on every address of the machine. */
const ANNOTATIONS = { "status.sidecar.istio.io/port": "0" };

export function gateway(layout: Layout, kubectl: Kubectl): PartDefinition {
  const folder = join(layout.folder, "gateway");
  return {
    name: "gateway",
    prepare: () => writeAgentFiles(layout, folder, kubectl),
    command: () => agentCommand(layout, folder),
    isReady: async () => (await statusOf(`http://127.0.0.1:${layout.ports.gatewayAdmin}/ready`)) === 200,
    deathSignal: "TERM",
  };
}

function agentCommand({ ports, binaries, envoy }: Layout, folder: string): Command {
  const istiodAddress = `localhost:${ports.istiodTls}`;
  const proxyConfig = {
    discoveryAddress: istiodAddress,
    binaryPath: envoy,
    proxyAdminPort: ports.gatewayAdmin,
    configPath: join(folder, "etc/istio/proxy"),
    concurrency: 1,
    terminationDrainDuration: "1s",
    proxyMetadata: { METRICS_LOCALHOST_ACCESS_ONLY: "true" },
  };
  const domain = `${ISTIO_NAMESPACE}.svc.cluster.local`;
  return {
    program: binaries.program("pilot-agent"),
    arguments: ["proxy", "router", `--domain=${domain}`, "--proxyLogLevel=warning"],
    environment: {
      ...{ POD_NAME: GATEWAY_POD, POD_NAMESPACE: ISTIO_NAMESPACE, SERVICE_ACCOUNT: GATEWAY_NAME },
      ...{ INSTANCE_IP: "127.0.0.1", HOST_IP: "127.0.0.1", TRUST_DOMAIN: "cluster.local" },
      ...{ ISTIO_META_CLUSTER_ID: "Kubernetes", ISTIO_META_MESH_ID: "cluster.local" },
      ...{ ISTIO_META_WORKLOAD_NAME: GATEWAY_NAME, ISTIO_META_UNPRIVILEGED_POD: "true" },
      ...{ CA_ADDR: istiodAddress, ISTIOD_SAN: `istiod.${ISTIO_NAMESPACE}.svc` },
      ENVOY_STATUS_PORT: String(ports.gatewayStatus),
      ENVOY_PROMETHEUS_PORT: String(ports.gatewayMetrics),
      MINIMUM_DRAIN_DURATION: "0s",
      PROXY_CONFIG: JSON.stringify(proxyConfig),
    },
    folder,
  };
}

/** What a pod of the gateway finds in its file system; the agent looks for all of it below its working folder. */
async function writeAgentFiles({ binaries }: Layout, folder: string, kubectl: Kubectl): Promise<void> {
  await makeModuleFolder();
  await mkdir(join(folder, "etc/istio/proxy"), { recursive: true });
  const bootstrap = await readFile(binaries.istioFile("envoy-bootstrap.json"), "utf8");
  const files = {
    "var/lib/istio/envoy/envoy_bootstrap_tmpl.json": bootstrap.replaceAll(
      "{{ .wildcard }}",
      "{{ .localhost }}",
    ),
    "etc/istio/pod/labels": downwardApiFile(GATEWAY_LABELS),
    "etc/istio/pod/annotations": downwardApiFile(ANNOTATIONS),
    "var/run/secrets/tokens/istio-token": await createToken(kubectl),
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

function createToken(kubectl: Kubectl): Promise<string> {
  const options = ["--audience=istio-ca", `--duration=${TOKEN_LIFETIME}`];
  return kubectl("create", "token", GATEWAY_NAME, `--namespace=${ISTIO_NAMESPACE}`, ...options);
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

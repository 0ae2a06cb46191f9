/** A translation as text. */
import { stringify } from "yaml";
import type { PluginConfig } from "../api/plugin-config.ts";
import type { Gateway } from "../api/resources.ts";
import type { Exposure, Translation } from "../model/exposure.ts";
import type { Resources } from "../model/manifests.ts";
import { readMesh } from "../model/mesh.ts";
import {
  introspectionOnMachine,
  renderBootstrap,
  renderDiscoveryFiles,
  renderEnvoy,
} from "../render/envoy/index.ts";
import { routeIntrospection } from "../render/introspection.ts";
import { type IstioOptions, renderIstio } from "../render/istio/index.ts";
import { type KeysBySource, renderPluginConfig } from "../render/plugin-config.ts";

export const OUTPUT_FORMATS = ["istio", "envoy", "plugin-config"] as const;

export type OutputFormat = (typeof OUTPUT_FORMATS)[number];

/** Where the printed Envoy files are meant to lie. */
const RUN_DIR = "/run/tollgate";
const WASM_FILE = `${RUN_DIR}/tollgate.wasm`;
const ADMIN_PORT = 9901;

/** The port of Gateways that are not known. */
const ASSUMED_PORT = 8080;

export interface OutputInput {
  translation: Translation;
  resources: Resources;
  keys: KeysBySource;
  istio: IstioOptions;
}

/** YAML documents, or for `plugin-config` one JSON document. Ends with a line feed. */
export function formatOutput(format: OutputFormat, input: OutputInput): string {
  if (format === "istio") return formatIstio(input);
  if (format === "envoy") return formatEnvoy(input);
  return `${JSON.stringify(standaloneConfig(input), null, 2)}\n`;
}

function standaloneConfig({ translation, keys }: Pick<OutputInput, "translation" | "keys">): PluginConfig {
  return renderPluginConfig(routeIntrospection(translation.policySet, introspectionOnMachine), keys);
}

/** A Gateway for each that an exposure names: one plain HTTP server for every host. */
function assumedGateways(exposures: readonly Exposure[]): Gateway[] {
  const byName = new Map(exposures.map(({ gateway }) => [`${gateway.namespace}/${gateway.name}`, gateway]));
  return [...byName.values()].map(({ namespace, name }) => ({
    apiVersion: "networking.istio.io/v1",
    kind: "Gateway",
    metadata: { namespace, name },
    spec: { servers: [{ port: { number: ASSUMED_PORT, name: "http", protocol: "HTTP" }, hosts: ["*"] }] },
  }));
}

function formatIstio({ translation, resources, keys, istio }: OutputInput): string {
  return formatDocuments(renderIstio(translation, resources, keys, istio).map(formatYaml));
}

function formatEnvoy({ translation, resources, keys }: OutputInput): string {
  const exposures = translation.results.flatMap(({ exposure }) => exposure ?? []);
  const files = renderEnvoy({
    exposures,
    gateways: resources.gateways ?? assumedGateways(exposures),
    services: resources.services,
    secrets: resources.secrets ?? [],
    pluginConfig: standaloneConfig({ translation, keys }),
    introspectionServers: translation.policySet.introspectionServers,
    mesh: resources.meshConfigs && readMesh(resources.meshConfigs[0]),
    wasmFile: WASM_FILE,
    runDir: RUN_DIR,
  });
  const bootstrap = formatYaml(renderBootstrap({ runDir: RUN_DIR, adminPort: ADMIN_PORT }));
  const documents = renderDiscoveryFiles(files).map(({ service, path, content }) =>
    service === "sds"
      ? `# ${path} holds a private key and is not printed\n`
      : `# ${path}\n${formatYaml(JSON.parse(content))}`,
  );
  return formatDocuments([`# bootstrap.json\n${bootstrap}`, ...documents]);
}

function formatDocuments(documents: readonly string[]): string {
  return documents.map((document) => `---\n${document}`).join("");
}

/** YAML that a YAML 1.1 reader, as kubectl is, reads alike. */
function formatYaml(value: unknown): string {
  return stringify(value, { lineWidth: 0, aliasDuplicateObjects: false, compat: "yaml-1.1" });
}

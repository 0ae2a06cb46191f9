/** The conformance gateway as one machine runs it: `tollgate standalone` with its Envoy. */
import { mkdir, mkdtemp, rename, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { findFreePort } from "../../tools/demo/loopback.ts";
import { startStandalone } from "../../tools/demo/standalone.ts";
import type { Gateway } from "../conformance/gateway.ts";
import type { Authorizers } from "./authorizer.ts";
import { type Client, openClient } from "./client.ts";

/** A running gateway whose configuration folder is at the test's disposal. */
export interface StandaloneGateway extends Gateway {
  readonly url: string;
  readonly adminUrl: string;
  readonly pid: number;
  readonly configFolder: string;
  /** Path of Envoy's access log. */
  readonly accessLog: string;
  readonly client: Client;
  /** Everything on the standard error so far. */
  log(): string;
  /** Statistics of Envoy whose name contains `filter`, by name. */
  stats(filter: string): Promise<ReadonlyMap<string, number>>;
  stop(): Promise<void>;
}

const ACCESS_LOG = "access.log";
const APPLIED_FILE = "applied.yaml";

/** Starts a gateway that serves these manifests, in front of the upstream on that port and with these authorizers. */
export async function startStandaloneGateway(
  manifests: object[],
  upstreamPort: number,
  authorizers?: Authorizers,
): Promise<StandaloneGateway> {
  const folder = await mkdtemp(join(tmpdir(), "tollgate-test-"));
  const configFolder = join(folder, "config");
  await mkdir(configFolder);
  const apply = (applied: object[]) => replaceFile(join(configFolder, APPLIED_FILE), toManifestText(applied));
  await writeFile(
    join(configFolder, "environment.yaml"),
    toManifestText(environment(upstreamPort, authorizers)),
  );
  await apply(manifests);
  const accessLog = join(folder, ACCESS_LOG);
  const lines: string[] = [];
  const log = () => lines.join("\n");
  try {
    const standalone = await startStandalone({
      configFolder,
      accessLog,
      port: await findFreePort(),
      adminPort: await findFreePort(),
      onLog: (line) => lines.push(line),
    });
    const client = openClient(standalone.url);
    return {
      url: standalone.url,
      adminUrl: standalone.adminUrl,
      pid: standalone.pid,
      configFolder,
      accessLog,
      client,
      apply,
      send: client.send,
      log,
      stats: (filter) => readStats(standalone.adminUrl, filter),
      async stop() {
        client.close();
        await standalone.stop();
        await rm(folder, { recursive: true, force: true });
      },
    };
  } catch (error) {
    await rm(folder, { recursive: true, force: true });
    throw new Error(`the gateway did not start:\n${log()}`, { cause: error });
  }
}

/** Writes a file so that a reader sees either the old content or the new. */
export async function replaceFile(file: string, text: string): Promise<void> {
  await writeFile(`${file}.new`, text);
  await rename(`${file}.new`, file);
}

/** Manifests as the text of one file: JSON documents are YAML. */
export function toManifestText(manifests: object[]): string {
  return manifests.map((manifest) => `---\n${JSON.stringify(manifest, null, 2)}\n`).join("");
}

/** The Gateway and the Service `default/echo` that APIRules of tests refer to. */
export function environment(upstreamPort: number, authorizers?: Authorizers): object[] {
  return [
    {
      apiVersion: "networking.istio.io/v1",
      kind: "Gateway",
      metadata: { name: "kyma-gateway", namespace: "kyma-system" },
      spec: {
        selector: { istio: "ingressgateway" },
        servers: [{ port: { number: 80, name: "http", protocol: "HTTP" }, hosts: ["*.local.test"] }],
      },
    },
    loopbackService("echo", upstreamPort),
    ...(authorizers === undefined ? [] : withAuthorizers(authorizers)),
  ];
}

function withAuthorizers({ services, extensionProviders }: Authorizers): object[] {
  return [
    ...services.map(({ name, port }) => loopbackService(name, port)),
    {
      apiVersion: "v1",
      kind: "ConfigMap",
      metadata: { name: "istio", namespace: "istio-system" },
      data: { mesh: JSON.stringify({ extensionProviders }) },
    },
  ];
}

/** A Service with port 80 in front of a port of 127.0.0.1. */
export function loopbackService(name: string, targetPort: number, namespace = "default"): object {
  const spec = { type: "ExternalName", externalName: "127.0.0.1", ports: [{ port: 80, targetPort }] };
  return { apiVersion: "v1", kind: "Service", metadata: { name, namespace }, spec };
}

async function readStats(adminUrl: string, filter: string): Promise<ReadonlyMap<string, number>> {
  const response = await fetch(`${adminUrl}/stats?filter=${encodeURIComponent(filter)}&format=json`);
  const { stats } = (await response.json()) as { stats: { name?: string; value?: number }[] };
  return new Map(
    stats.flatMap(({ name, value }) => (name !== undefined && value !== undefined ? [[name, value]] : [])),
  );
}

/** `tollgate controller`: enforces the APIRules of a cluster at its Istio ingress gateways. */
import { randomUUID } from "node:crypto";
import { hostname } from "node:os";
import { Command, InvalidArgumentError, Option } from "commander";
import { createLogger, LOG_LEVELS, type LogLevel } from "../log.ts";
import type { ObjectRef } from "../model/exposure.ts";
import { DEFAULT_RELAY } from "../render/istio/introspection.ts";
import { FAIL_STRATEGIES, type FailStrategy } from "../render/istio/wasm-plugin.ts";
import { integer } from "./integer-option.ts";
import { runUntilSignal } from "./run-until-signal.ts";

interface Options {
  kubeconfig?: string;
  identity: string;
  lease: ObjectRef;
  address: string;
  relayAddress: string;
  relayService: string;
  moduleUrl: string;
  moduleSha256?: string;
  failStrategy: FailStrategy;
  gatewayNamespace: string;
  gatewayMetricsAddress: string[];
  gatewayTimeout: number;
  grace: number;
  maxPluginBytes: number;
  meshConfig: ObjectRef;
  keyRefresh: number;
  allowLoopbackKeys: boolean;
  logLevel: LogLevel;
}

/** The subcommand, for `tollgate`. Sets the exit code of the process. */
export function controllerCommand(): Command {
  const command = new Command("controller").description(
    "Enforce the APIRules of a cluster at its Istio ingress gateways. Every option can also be set in the environment.",
  );
  for (const option of OPTIONS) command.addOption(option);
  return command.action(async (options: Options) => {
    process.exitCode = await run(options);
  });
}

const OPTIONS: readonly Option[] = [
  option(
    "--kubeconfig <file>",
    "cluster to work on; else $KUBECONFIG, the Pod's service account, ~/.kube/config",
  ),
  option("--identity <name>", "name of this replica, unlike any other").default(
    `${hostname()}-${randomUUID().slice(0, 8)}`,
    "host name and random digits",
  ),
  option("--lease <namespace/name>", "Lease by which replicas elect a leader")
    .argParser(parseReference)
    .default({ namespace: "tollgate-system", name: "tollgate" }, "tollgate-system/tollgate"),
  option("--address <host:port>", "where to serve the filter, /healthz, /readyz and /metrics")
    .argParser(parseAddress)
    .default("0.0.0.0:8080"),
  option("--relay-address <host:port>", "where to serve the introspection relay, for gateways alone")
    .argParser(parseAddress)
    .default("0.0.0.0:8081"),
  option("--relay-service <host:port>", "Service by which gateways reach the introspection relay")
    .argParser(parseAddress)
    .default(DEFAULT_RELAY),
  option("--module-url <url>", "where gateways get the filter: this server, or oci://").default(
    "http://tollgate.tollgate-system.svc.cluster.local:8080/tollgate.wasm",
  ),
  option(
    "--module-sha256 <digest>",
    "SHA-256 of the filter, for oci of its image; by default that of the own one for http and https",
  ),
  option("--fail-strategy <strategy>", "what gateways do while the filter cannot run; both refuse requests")
    .choices(FAIL_STRATEGIES)
    .default(FAIL_STRATEGIES[0]),
  option("--gateway-namespace <namespace>", "namespace of the gateway pods").default("istio-system"),
  option(
    "--gateway-metrics-address <host:port...>",
    "metrics of the gateways, instead of looking for their pods",
  )
    .argParser((address: string, before: string[]) => [...before, ...address.split(",").map(parseAddress)])
    .default([], "those of the ready pods"),
  option("--gateway-timeout <seconds>", "longest wait for gateways to take over a configuration")
    .argParser(integer(1, 600))
    .default(10),
  option("--grace <seconds>", "for how long gateways keep a policy after the last route that named it")
    .argParser(integer(1, 3_600))
    .default(30),
  option("--max-plugin-bytes <bytes>", "largest WasmPlugin; etcd takes 1.5 MiB")
    .argParser(integer(10_000, 1_500_000))
    .default(1_200_000),
  option("--mesh-config <namespace/name>", "ConfigMap with Istio's mesh configuration")
    .argParser(parseReference)
    .default({ namespace: "istio-system", name: "istio" }, "istio-system/istio"),
  option("--key-refresh <seconds>", "time between two fetches of keys whose issuer names none")
    .argParser(integer(1, 86_400))
    .default(60),
  option(
    "--allow-loopback-keys",
    "also fetch keys from this host, and call introspection endpoints of it",
  ).default(false),
  option("--log-level <level>", "lowest level to log").choices(LOG_LEVELS).default("info"),
];

/** An option that `TOLLGATE_<NAME>` sets as well. */
function option(flags: string, description: string): Option {
  const [name = ""] = flags.replace(/^--/, "").split(" ");
  return new Option(flags, description).env(`TOLLGATE_${name.toUpperCase().replaceAll("-", "_")}`);
}

/** @returns the exit code */
async function run({ kubeconfig, logLevel, ...options }: Options): Promise<number> {
  return runUntilSignal(async (signal) => {
    const { runController, loadClusterAccess } = await import("../cluster/index.ts");
    await runController({
      ...options,
      access: loadClusterAccess(kubeconfig),
      gatewayMetricsAddresses: options.gatewayMetricsAddress,
      gatewayTimeoutSeconds: options.gatewayTimeout,
      graceSeconds: options.grace,
      keyRefreshSeconds: options.keyRefresh,
      log: createLogger(logLevel),
      signal,
    });
  });
}

function parseReference(text: string): ObjectRef {
  const [namespace = "", name = "", ...rest] = text.split("/");
  if (namespace !== "" && name !== "" && rest.length === 0) return { namespace, name };
  throw new InvalidArgumentError("It must have the form namespace/name.");
}

function parseAddress(text: string): string {
  if (/^(\[[0-9a-fA-F:.]+\]|[^\s/:]+):\d{1,5}$/.test(text) && URL.canParse(`http://${text}`)) return text;
  throw new InvalidArgumentError("It must have the form host:port.");
}

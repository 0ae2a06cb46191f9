/** The controller of a cluster: watches, elects a leader, and brings APIRules into force. */
import { type BoundServer, listen } from "../bound-server.ts";
import { KeyStore } from "../keys/store.ts";
import { ApiClient } from "../kube/api-client.ts";
import type { ClusterAccess } from "../kube/credentials.ts";
import { EventRecorder } from "../kube/event-recorder.ts";
import { ELECTION_TIMES, LeaderElection } from "../kube/leader-election.ts";
import { leaseStore } from "../kube/leases.ts";
import type { Logger } from "../log.ts";
import type { ObjectRef } from "../model/exposure.ts";
import { Relay } from "../relay/relay.ts";
import type { FailStrategy } from "../render/istio/wasm-plugin.ts";
import { Caches } from "./caches.ts";
import { ControllerMetrics } from "./controller-metrics.ts";
import { findReadyPods } from "./gateway-addresses.ts";
import { startHttpServer } from "./http-server.ts";
import { Leadership } from "./leadership.ts";
import { readModule } from "./module.ts";
import { RelayDirectory } from "./relay-directory.ts";

/** How the controller runs. Times are seconds. */
export interface ControllerOptions {
  access: ClusterAccess;
  /** Unique among the replicas. */
  identity: string;
  /** Lease by which the replicas elect a leader. */
  lease: ObjectRef;
  /** Namespace of the gateway pods and the WasmPlugins. */
  gatewayNamespace: string;
  /** `host:port` of the gateways' metrics; when there are any, pods are not looked for. */
  gatewayMetricsAddresses: readonly string[];
  /** Longest wait for gateways to take over a configuration. */
  gatewayTimeoutSeconds: number;
  /** For how long a policy stays in the gateways after the last route that named it. */
  graceSeconds: number;
  /** ConfigMap with Istio's mesh configuration. */
  meshConfig: ObjectRef;
  /** Where gateways get the filter. */
  moduleUrl: string;
  /** SHA-256 of a module that is not the own one, or of the image that holds it; absent: the own one's for http and https, else none. */
  moduleSha256?: string;
  failStrategy: FailStrategy;
  /** Largest WasmPlugin in bytes. */
  maxPluginBytes: number;
  keyRefreshSeconds: number;
  /** Whether keys may be fetched from the own host, and introspection endpoints of it be called. */
  allowLoopbackKeys: boolean;
  /** `host:port` at which the filter, health, readiness and metrics are served. */
  address: string;
  /** `host:port` at which the introspection relay is served. */
  relayAddress: string;
  /** `host:port` of the Service by which gateways reach the relay. */
  relayService: string;
  log: Logger;
  /** Ends the run. */
  signal: AbortSignal;
}

/** Longest call to the API server about the Lease. */
const LEASE_TIMEOUT_MS = 3_000;

/**
 * Runs until `signal` is aborted. While the API server cannot be reached it goes on trying.
 *
 * @throws ControllerError when it cannot start
 */
export async function runController(options: ControllerOptions): Promise<void> {
  const { log, signal } = options;
  const client = new ApiClient(options.access);
  const metrics = new ControllerMetrics();
  const module = await readModule();
  const caches = new Caches({ client, ...options });
  const directory = new RelayDirectory({ caches, client });
  const relay = new Relay({ find: directory.find, allowLoopback: options.allowLoopbackKeys, log });
  const election = new LeaderElection({
    store: leaseStore(client, options.lease, LEASE_TIMEOUT_MS),
    identity: options.identity,
    times: ELECTION_TIMES,
    log,
  });
  const leadership = new Leadership({
    isLeader: () => election.isLeader,
    ...{ client, caches, metrics, log },
    events: new EventRecorder({
      ...{ client, log },
      reportingController: "gateway.kyma-project.io/tollgate",
      reportingInstance: options.identity,
    }),
    createKeyStore: () =>
      new KeyStore({
        allowLoopback: options.allowLoopbackKeys,
        intervalSeconds: options.keyRefreshSeconds,
        log,
      }),
    relay: directory,
    findGateways:
      options.gatewayMetricsAddresses.length > 0
        ? async () => options.gatewayMetricsAddresses.map((address) => ({ address }))
        : findReadyPods(client, options.gatewayNamespace),
    plugin: {
      namespace: options.gatewayNamespace,
      url: options.moduleUrl,
      failStrategy: options.failStrategy,
      relay: options.relayService,
      ...sha256Of(options, module.sha256),
    },
    maxPluginBytes: options.maxPluginBytes,
    gatewayTimeoutMs: options.gatewayTimeoutSeconds * 1_000,
    graceMs: options.graceSeconds * 1_000,
  });
  const servers: BoundServer[] = [];
  try {
    servers.push(await startHttpServer(options.address, { module, metrics }));
    servers.push(await listen(options.relayAddress, relay.listener));
    const following = Promise.all([caches.run(signal), directory.run(signal)]);
    await Promise.race([caches.synced(), following]);
    if (!signal.aborted) {
      metrics.setSynced();
      log.info({ apiRules: caches.apiRules.size }, "Caches are complete");
    }
    await election.run((term) => leadership.lead(term), signal);
    await following;
  } finally {
    await Promise.all(servers.map((server) => server.close()));
    relay.close();
    client.close();
  }
}

function sha256Of({ moduleUrl, moduleSha256 }: ControllerOptions, own: string): { sha256?: string } {
  if (moduleSha256 !== undefined) return { sha256: moduleSha256 };
  return /^https?:/.test(moduleUrl) ? { sha256: own } : {};
}

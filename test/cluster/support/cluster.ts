/** A control plane with everything around a controller: CRD, Gateway, workload, issuer. */
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { afterAll, beforeAll, expect } from "vitest";
import type { KubernetesObject } from "../../../controller/api/resources.ts";
import type { ApiRuleStatus } from "../../../controller/cluster/status.ts";
import { packageRoot } from "../../../controller/standalone/installation.ts";
import { type Issuer, startIssuer } from "../../../tools/demo/issuer.ts";
import { startUpstream, type Upstream } from "../../../tools/demo/upstream.ts";
import { type Client, openClient, type RawResponse } from "../../support/client.ts";
import { eventually } from "../../support/eventually.ts";
import { type ControlPlane, startControlPlane } from "../environment/control-plane.ts";
import { kymaGateway, loopbackService, relayService } from "../environment/objects.ts";

export interface Cluster {
  readonly controlPlane: ControlPlane;
  readonly issuer: Issuer;
  /** The workload of the Service `default/echo` with port 80. */
  readonly upstream: Upstream;
  apply(...objects: object[]): Promise<void>;
  /** Deletes an APIRule of namespace `default`, and waits until it is gone. */
  remove(name: string): Promise<void>;
  /** An object, or undefined where there is none. */
  read(kind: string, name: string, namespace?: string): Promise<KubernetesObject | undefined>;
  /** All objects of a kind. */
  list(kind: string): Promise<KubernetesObject[]>;
  get(host: string, path: string, token?: string): Promise<RawResponse>;
  /** Sends requests without a pause until `stop` is called, which resolves with how often each status was seen. */
  watch(host: string, path: string, token?: string): { stop(): Promise<Map<number, number>> };
  stop(): Promise<void>;
}

const START_TIMEOUT_MS = 120_000;
const CRD_WITHIN_MS = 10_000;

/** Starts everything but the controller. */
export async function startCluster(): Promise<Cluster> {
  const [issuer, upstream, controlPlane] = await Promise.all([
    startIssuer(),
    startUpstream({ name: "default/echo" }),
    startControlPlane(),
  ]);
  const { kubectl, gateway, ports } = controlPlane;
  await kubectl("apply", "--server-side", "-k", join(packageRoot(), "deploy", "crd"));
  await eventually(async () => void (await kubectl("get", "apirules")), CRD_WITHIN_MS);
  await kubectl.apply([
    { apiVersion: "v1", kind: "Namespace", metadata: { name: "tollgate-system" } },
    ...kymaGateway(ports.gateway),
    ...relayService(ports.relay),
    ...loopbackService({ name: "echo", port: 80, targetPort: upstream.port }),
  ]);
  const client = openClient(gateway.url);
  const read: Cluster["read"] = async (kind, name, namespace = "default") => {
    const text = await kubectl("get", kind, name, `--namespace=${namespace}`, "--ignore-not-found", "-ojson");
    return text === "" ? undefined : (JSON.parse(text) as KubernetesObject);
  };
  return {
    controlPlane,
    issuer,
    upstream,
    apply: (...objects) => kubectl.apply(objects),
    remove: async (name) => void (await kubectl("delete", "apirule", name, "--timeout=20s")),
    read,
    list: async (kind) => {
      const text = await kubectl("get", kind, "--all-namespaces", "-ojson");
      return (JSON.parse(text) as { items: KubernetesObject[] }).items;
    },
    get: (host, path, token) => send(client, host, path, token),
    watch: (host, path, token) => watch(() => send(client, host, path, token)),
    stop: async () => {
      client.close();
      await controlPlane.stop();
      await upstream.close();
      await issuer.close();
    },
  };
}

/**
 * Starts a cluster for the suite that calls this, has the suite prepare it, and stops it afterwards with every replica on it.
 * The members of what it returns are there from `prepare` on.
 */
export function useCluster(
  prepare: (cluster: Cluster) => Promise<unknown>,
  timeoutMs = START_TIMEOUT_MS,
): Cluster {
  const cluster = {} as Cluster;
  beforeAll(async () => {
    Object.assign(cluster, await startCluster());
    await prepare(cluster);
  }, timeoutMs);
  afterAll(() => cluster.stop?.());
  return cluster;
}

/** Waits until a request gets a status, and resolves with the milliseconds that took. */
export function expectStatus(
  cluster: Cluster,
  [host, path, token]: [host: string, path: string, token?: string],
  status: number,
  withinMs: number,
): Promise<number> {
  return eventually(async () => {
    expect((await cluster.get(host, path, token)).status, `status of ${host}${path}`).toBe(status);
  }, withinMs);
}

/** Waits until the status of an APIRule says of its own generation that it has a state, and returns it. */
export async function expectState(
  cluster: Cluster,
  name: string,
  state: ApiRuleStatus["state"],
  withinMs: number,
): Promise<ApiRuleStatus> {
  let found: ApiRuleStatus | undefined;
  await eventually(async () => {
    const apiRule = await cluster.read("apirule", name);
    found = apiRule?.status as ApiRuleStatus | undefined;
    expect(found, `status of ${name}`).toMatchObject({
      state,
      observedGeneration: apiRule?.metadata.generation,
    });
  }, withinMs);
  return found as ApiRuleStatus;
}

/** Conditions as `Type=Status/Reason`. */
export function conditionsOf(status: ApiRuleStatus): string[] {
  return (status.conditions ?? []).map(({ type, status: holds, reason }) => `${type}=${holds}/${reason}`);
}

function send(client: Client, host: string, path: string, token?: string): Promise<RawResponse> {
  const headers: [string, string][] = [["host", host]];
  if (token !== undefined) headers.push(["authorization", `Bearer ${token}`]);
  return client.send({ method: "GET", path, headers });
}

function watch(request: () => Promise<RawResponse>): { stop(): Promise<Map<number, number>> } {
  const statuses = new Map<number, number>();
  let watching = true;
  const traffic = (async () => {
    while (watching) {
      const status = await request().then(
        (response) => response.status,
        () => 0,
      );
      statuses.set(status, (statuses.get(status) ?? 0) + 1);
      await delay(1);
    }
  })();
  return {
    stop: async () => {
      watching = false;
      await traffic;
      return statuses;
    },
  };
}

/** Where the metrics of gateway pods are. */
import type { ApiClient } from "../kube/api-client.ts";
import { collectionPath } from "../kube/resource-type.ts";
import type { Selector } from "../model/selector.ts";
import { PODS } from "./resource-types.ts";

/** A pod that serves requests. */
export interface FoundGateway {
  /** `host:port` of its metrics. */
  address: string;
  /** Name of its ServiceAccount; absent: not known. */
  serviceAccount?: string;
  /** Absent: not known, so that it may have those of any selector. */
  labels?: Selector;
}

/** Finds the pods that serve requests, in the order of their addresses. Rejects when that cannot be told. */
export type FindGateways = (selector: Selector, signal: AbortSignal) => Promise<FoundGateway[]>;

interface PodList {
  items: Pod[];
}

interface Pod {
  metadata: { deletionTimestamp?: string; labels?: Selector };
  spec?: {
    serviceAccountName?: string;
    containers?: { ports?: { name?: string; containerPort: number }[] }[];
  };
  status?: { podIP?: string; conditions?: { type: string; status: string }[] };
}

/** Name that Istio gives the port of Envoy's metrics. */
const METRICS_PORT_NAME = "http-envoy-prom";

/** The port where no container has one of that name. */
const METRICS_PORT = 15_090;

/** Finds the ready pods of a workload in one namespace. */
export function findReadyPods(client: ApiClient, namespace: string): FindGateways {
  return async (selector, signal) => {
    const labelSelector = Object.entries(selector)
      .map(([name, value]) => `${name}=${value}`)
      .join(",");
    const path = collectionPath(PODS, namespace);
    const pods = await client.request<PodList>({ method: "GET", path, query: { labelSelector }, signal });
    const found = pods.items.flatMap((pod) => (isReady(pod) ? gatewayOf(pod) : []));
    return found.sort((a, b) => (a.address < b.address ? -1 : 1));
  };
}

function isReady({ metadata, status }: Pod): boolean {
  if (metadata.deletionTimestamp !== undefined) return false;
  return status?.conditions?.some(({ type, status }) => type === "Ready" && status === "True") ?? false;
}

function gatewayOf({ metadata, spec, status }: Pod): FoundGateway[] {
  const ip = status?.podIP;
  if (ip === undefined) return [];
  const ports = (spec?.containers ?? []).flatMap(({ ports = [] }) => ports);
  const port = ports.find(({ name }) => name === METRICS_PORT_NAME)?.containerPort ?? METRICS_PORT;
  const address = ip.includes(":") ? `[${ip}]:${port}` : `${ip}:${port}`;
  const account = spec?.serviceAccountName;
  return [
    { address, labels: metadata.labels ?? {}, ...(account !== undefined && { serviceAccount: account }) },
  ];
}

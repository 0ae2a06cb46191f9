/** Leases of coordination.k8s.io/v1. */
import type { KubernetesObject } from "../api/resources.ts";
import type { ObjectRef } from "../model/exposure.ts";
import type { ApiClient } from "./api-client.ts";
import { isNotFound } from "./api-error.ts";
import { apiVersionOf, collectionPath, objectPath, type ResourceType } from "./resource-type.ts";

/** `spec` of a Lease. */
export interface LeaseSpec {
  /** Empty or absent: nobody holds it. */
  holderIdentity?: string;
  leaseDurationSeconds?: number;
  /** RFC 3339 with microseconds. */
  acquireTime?: string;
  renewTime?: string;
  leaseTransitions?: number;
}

export interface Lease extends KubernetesObject {
  spec: LeaseSpec;
}

/** One Lease, read and written. */
export interface LeaseStore {
  /** Undefined while there is none. */
  read(signal: AbortSignal): Promise<Lease | undefined>;
  /** Rejects with a conflict when it exists already. */
  create(spec: LeaseSpec, signal: AbortSignal): Promise<Lease>;
  /** Rejects with a conflict when somebody has written it since it was read. */
  replace(lease: Lease, signal: AbortSignal): Promise<Lease>;
}

const LEASES: ResourceType = {
  group: "coordination.k8s.io",
  version: "v1",
  kind: "Lease",
  plural: "leases",
};

/** The Lease of the given name on an API server. */
export function leaseStore(client: ApiClient, ref: ObjectRef, timeoutMs: number): LeaseStore {
  const path = objectPath(LEASES, ref);
  return {
    read: async (signal) => {
      try {
        return await client.request<Lease>({ method: "GET", path, signal, timeoutMs });
      } catch (error) {
        if (isNotFound(error)) return undefined;
        throw error;
      }
    },
    create: (spec, signal) => {
      const body = { apiVersion: apiVersionOf(LEASES), kind: LEASES.kind, metadata: ref, spec };
      return client.request({
        method: "POST",
        path: collectionPath(LEASES, ref.namespace),
        body,
        signal,
        timeoutMs,
      });
    },
    replace: (lease, signal) => client.request({ method: "PUT", path, body: lease, signal, timeoutMs }),
  };
}

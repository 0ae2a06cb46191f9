/** The controller's picture of the cluster: one cache for each kind, kept up to date by watches. */
import { once } from "node:events";
import { type KubernetesObject, MANAGED_BY, MANAGER } from "../api/resources.ts";
import type { ApiClient } from "../kube/api-client.ts";
import { ObjectCache } from "../kube/object-cache.ts";
import { Reflector, type ReflectorOptions } from "../kube/reflector.ts";
import type { Logger } from "../log.ts";
import type { ObjectRef } from "../model/exposure.ts";
import { Dependencies } from "./dependencies.ts";
import {
  type KeptApiRule,
  type KeptAuthorizationPolicy,
  type KeptWasmPlugin,
  keepApiRule,
  keepAuthorizationPolicy,
  keepWasmPlugin,
} from "./kept-objects.ts";
import {
  API_RULES,
  AUTHORIZATION_POLICIES,
  CONFIG_MAPS,
  GATEWAYS,
  SERVICES,
  VIRTUAL_SERVICES,
  WASM_PLUGINS,
} from "./resource-types.ts";
import { VirtualServiceCaches } from "./virtual-service-caches.ts";

export interface CachesOptions {
  client: ApiClient;
  /** Namespace of the WasmPlugins. */
  gatewayNamespace: string;
  /** ConfigMap of Istio's mesh configuration. */
  meshConfig: ObjectRef;
  log: Logger;
}

const OURS = `${MANAGED_BY}=${MANAGER}`;

/** All caches. They are filled and followed as soon as `start` is called. */
export class Caches {
  readonly apiRules = new ObjectCache<KeptApiRule>(keepApiRule);
  readonly gateways = new ObjectCache<KubernetesObject>(withoutManagedFields);
  readonly services = new ObjectCache<KubernetesObject>(keepService);
  readonly meshConfig = new ObjectCache<string | undefined>(keepMesh);
  readonly #virtualServices = new VirtualServiceCaches();
  /** Those of APIRules. */
  readonly virtualServices = this.#virtualServices.ours;
  /** VirtualServices that belong to no APIRule. */
  readonly foreign = this.#virtualServices.foreign;
  readonly wasmPlugins = new ObjectCache<KeptWasmPlugin>(keepWasmPlugin);
  readonly authorizationPolicies = new ObjectCache<KeptAuthorizationPolicy>(keepAuthorizationPolicy);
  /** Which of Istio's kinds are missing. */
  readonly dependencies = new Dependencies();
  readonly #ofKubernetes: Reflector[];
  readonly #ofIstio: Reflector[];

  constructor({ client, gatewayNamespace, meshConfig, log }: CachesOptions) {
    const follow = (options: Omit<ReflectorOptions, "client" | "log">) =>
      new Reflector({ ...options, client, log });
    const followIstio = (options: Omit<ReflectorOptions, "client" | "log">) =>
      follow({ ...options, onServed: this.dependencies.add(options.type) });
    this.#ofKubernetes = [
      follow({ type: API_RULES, cache: this.apiRules }),
      follow({ type: SERVICES, cache: this.services }),
      follow({
        type: CONFIG_MAPS,
        namespace: meshConfig.namespace,
        fieldSelector: `metadata.name=${meshConfig.name}`,
        cache: this.meshConfig,
      }),
    ];
    this.#ofIstio = [
      followIstio({ type: GATEWAYS, cache: this.gateways }),
      followIstio({ type: VIRTUAL_SERVICES, cache: this.#virtualServices }),
      followIstio({
        type: WASM_PLUGINS,
        namespace: gatewayNamespace,
        labelSelector: OURS,
        cache: this.wasmPlugins,
      }),
      followIstio({
        type: AUTHORIZATION_POLICIES,
        labelSelector: OURS,
        cache: this.authorizationPolicies,
      }),
    ];
  }

  /** Follows all kinds until `signal` is aborted; settles then. */
  async run(signal: AbortSignal): Promise<void> {
    await Promise.all(this.#reflectors.map((reflector) => reflector.run(signal)));
  }

  /** Settles when every cache holds a complete list, except those of kinds that are missing. */
  async synced(): Promise<void> {
    await Promise.all([...this.#ofKubernetes.map(({ synced }) => synced), this.dependencies.known]);
  }

  /** Settles when no cache is older than `maxAgeMs`, as `Reflector.refresh` does, or when `signal` is aborted. */
  async refresh(maxAgeMs: number, signal: AbortSignal): Promise<void> {
    const refreshed = Promise.all(this.#reflectors.map((reflector) => reflector.refresh(maxAgeMs)));
    if (!signal.aborted) await Promise.race([refreshed, once(signal, "abort")]);
  }

  get #reflectors(): Reflector[] {
    return [...this.#ofKubernetes, ...this.#ofIstio];
  }
}

function withoutManagedFields(object: KubernetesObject): KubernetesObject {
  const { name, namespace, resourceVersion = "" } = object.metadata;
  return { ...object, metadata: { name, namespace, resourceVersion } };
}

function keepService(object: KubernetesObject): KubernetesObject {
  const { type, externalName, selector, ports } = (object.spec ?? {}) as Record<string, unknown>;
  return {
    ...withoutManagedFields({ ...object, spec: { type, externalName, selector, ports } }),
    status: undefined,
  };
}

function keepMesh(object: KubernetesObject): string | undefined {
  const mesh = (object.data as Record<string, unknown> | undefined)?.mesh;
  return typeof mesh === "string" ? mesh : undefined;
}

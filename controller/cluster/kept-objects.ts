/** What the controller keeps of the objects that it follows: no more than it reads, because there are many. */
import { readPluginConfig } from "../api/packed-config.ts";
import type { PluginConfig } from "../api/plugin-config.ts";
import type { KubernetesObject } from "../api/resources.ts";
import type { ObjectRef } from "../model/exposure.ts";
import { apiRuleOfVirtualService } from "../model/own-virtual-service.ts";
import { policyIdOfRoute } from "../model/policy-set.ts";
import type { Selector } from "../model/selector.ts";
import { ownerIn } from "../render/istio/names.ts";
import { digestOf } from "./owned-object.ts";
import type { OwnedState } from "./owned-object-writer.ts";
import type { ApiRuleStatus } from "./status.ts";

/** An APIRule. */
export interface KeptApiRule {
  /** Without status and without what only the API server reads. */
  object: KubernetesObject;
  uid: string;
  generation: number;
  finalizers: readonly string[];
  isDeleting: boolean;
  status: ApiRuleStatus | undefined;
}

/** A VirtualService of ours. */
export interface KeptVirtualService extends OwnedState {
  /** The APIRule that it belongs to. */
  apiRule: ObjectRef;
  hosts: readonly string[];
  /** Gateways as `namespace/name`. */
  gateways: readonly string[];
  /** Ids of the policies that its routes name. */
  policies: readonly string[];
}

/** An AuthorizationPolicy of ours. */
export interface KeptAuthorizationPolicy extends OwnedState {
  ref: ObjectRef;
  /** The APIRule that it belongs to, as `labelRef` names it. */
  owner: ObjectRef;
}

/** A WasmPlugin of ours. */
export interface KeptWasmPlugin extends OwnedState {
  ref: ObjectRef;
  selector: Selector;
  pluginName: string;
  /** Undefined when somebody has written something else there. */
  config: PluginConfig | undefined;
  /** Size of the spec as JSON. */
  bytes: number;
}

export function keepApiRule(object: KubernetesObject): KeptApiRule {
  const metadata = object.metadata as KubernetesObject["metadata"] & {
    finalizers?: string[];
    deletionTimestamp?: string;
  };
  const { name, namespace, uid = "", generation = 0, creationTimestamp, resourceVersion } = metadata;
  return {
    object: {
      apiVersion: object.apiVersion,
      kind: object.kind,
      metadata: {
        ...{ name, namespace, uid },
        ...(creationTimestamp !== undefined && { creationTimestamp }),
        ...(resourceVersion !== undefined && { resourceVersion }),
      },
      spec: object.spec,
    },
    uid,
    generation,
    finalizers: metadata.finalizers ?? [],
    isDeleting: metadata.deletionTimestamp !== undefined,
    status: object.status as ApiRuleStatus | undefined,
  };
}

export function keepVirtualService(object: KubernetesObject): KeptVirtualService {
  const { hosts = [], gateways = [], http = [] } = (object.spec ?? {}) as VirtualServiceSpec;
  const policies = http.flatMap((route) => policyIdOfRoute(route.name ?? "") ?? []);
  return {
    ...ownedState(object),
    apiRule: apiRuleOfVirtualService(object) ?? object.metadata,
    hosts,
    gateways,
    policies: [...new Set(policies)],
  };
}

export function keepAuthorizationPolicy(object: KubernetesObject): KeptAuthorizationPolicy {
  const { namespace, name, labels = {} } = object.metadata;
  return { ...ownedState(object), ref: { namespace, name }, owner: ownerIn(labels) };
}

export function keepWasmPlugin(object: KubernetesObject): KeptWasmPlugin {
  const { pluginConfig, pluginName = "", selector } = (object.spec ?? {}) as WasmPluginSpec;
  const { namespace, name } = object.metadata;
  return {
    ...ownedState(object),
    ref: { namespace, name },
    selector: selector?.matchLabels ?? {},
    pluginName,
    config: readPluginConfig(pluginConfig).config,
    bytes: Buffer.byteLength(JSON.stringify(object.spec ?? {})),
  };
}

interface WasmPluginSpec {
  selector?: { matchLabels?: Selector };
  pluginName?: string;
  pluginConfig?: unknown;
}

interface VirtualServiceSpec {
  hosts?: string[];
  gateways?: string[];
  http?: { name?: string }[];
}

function ownedState(object: KubernetesObject): OwnedState {
  const { resourceVersion = "", uid = "" } = object.metadata;
  return { digest: digestOf(object), resourceVersion, uid };
}

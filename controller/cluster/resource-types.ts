/** The kinds that the controller reads and writes. */
import { APIRULE_GROUP, APIRULE_KIND, APIRULE_VERSION } from "../api/apirule.ts";
import type { ResourceType } from "../kube/resource-type.ts";

export const API_RULES: ResourceType = {
  group: APIRULE_GROUP,
  version: APIRULE_VERSION,
  kind: APIRULE_KIND,
  plural: "apirules",
};

export const GATEWAYS: ResourceType = {
  group: "networking.istio.io",
  version: "v1",
  kind: "Gateway",
  plural: "gateways",
};

export const VIRTUAL_SERVICES: ResourceType = {
  group: "networking.istio.io",
  version: "v1",
  kind: "VirtualService",
  plural: "virtualservices",
};

export const WASM_PLUGINS: ResourceType = {
  group: "extensions.istio.io",
  version: "v1alpha1",
  kind: "WasmPlugin",
  plural: "wasmplugins",
};

export const AUTHORIZATION_POLICIES: ResourceType = {
  group: "security.istio.io",
  version: "v1",
  kind: "AuthorizationPolicy",
  plural: "authorizationpolicies",
};

export const SERVICES: ResourceType = { group: "", version: "v1", kind: "Service", plural: "services" };

export const CONFIG_MAPS: ResourceType = {
  group: "",
  version: "v1",
  kind: "ConfigMap",
  plural: "configmaps",
};

export const PODS: ResourceType = { group: "", version: "v1", kind: "Pod", plural: "pods" };

export const SECRETS: ResourceType = { group: "", version: "v1", kind: "Secret", plural: "secrets" };

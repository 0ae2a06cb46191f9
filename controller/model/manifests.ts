/** Reads Kubernetes manifests from text, and sorts what is in them. */
import type { TSchema } from "typebox";
import { APIRULE_GROUP, APIRULE_KIND } from "../api/apirule.ts";
import {
  type ConfigMap,
  ConfigMapFieldsSchema,
  type Gateway,
  GatewaySpecSchema,
  type KubernetesObject,
  type Secret,
  SecretFieldsSchema,
  type Service,
  ServiceSpecSchema,
  VirtualServiceBindingSchema,
} from "../api/resources.ts";
import type { Problem } from "./exposure.ts";
import { type ForeignVirtualService, readForeign, type VirtualServiceBinding } from "./foreign-hosts.ts";
import { apiRuleOfVirtualService } from "./own-virtual-service.ts";
import { checkSchema } from "./schema-check.ts";
import { parseYamlDocuments } from "./yaml.ts";

/** Why a document of a manifest file is not used. */
export interface ManifestProblem {
  file: string;
  /** From 1; absent where the problem belongs to no line. */
  line?: number;
  message: string;
}

/** Why an object is not used. */
export interface ObjectProblem extends Problem {
  /** `<kind> <namespace>/<name>`. */
  object: string;
}

/** Everything that the model reads. A list that is absent is not known, so existence in it is not checked. */
export interface Resources {
  /** Not validated: `translate` does that. */
  apiRules: KubernetesObject[];
  gateways?: Gateway[];
  services?: Service[];
  secrets?: Secret[];
  /** Those that belong to no APIRule. */
  virtualServices?: ForeignVirtualService[];
  /** The ConfigMap `istio-system/istio` with the mesh configuration: one or none. */
  meshConfigs?: ConfigMap[];
}

const DEFAULT_NAMESPACE = "default";

/**
 * Objects of a YAML or JSON text with any number of documents, in their order, as kubectl reads them. A `List` counts as
 * its items; an object without a namespace is in `default`. What is not an object is a problem and left out; of a
 * document that does not parse, the first error is told, because others mostly follow from it.
 */
export function parseManifests(
  text: string,
  file: string,
): { objects: KubernetesObject[]; problems: ManifestProblem[] } {
  const objects: KubernetesObject[] = [];
  const problems: ManifestProblem[] = [];
  for (const document of parseYamlDocuments(text)) {
    const { line } = document;
    if ("error" in document) {
      problems.push({ file, line, message: document.error });
      continue;
    }
    for (const item of itemsOf(document.value)) {
      const object = readObject(item);
      if (typeof object === "string") problems.push({ file, line, message: object });
      else objects.push(object);
    }
  }
  return { objects, problems };
}

function itemsOf(value: unknown): unknown[] {
  if (value === null || value === undefined) return [];
  const isList = isRecord(value) && typeof value.kind === "string" && value.kind.endsWith("List");
  return isList && Array.isArray(value.items) ? value.items : [value];
}

/** The object, or why it is none. */
function readObject(value: unknown): KubernetesObject | string {
  if (!isRecord(value)) return "a document must be a Kubernetes object with apiVersion, kind and metadata";
  const { apiVersion, kind, metadata } = value;
  if (typeof apiVersion !== "string" || apiVersion === "") return "apiVersion must be set to a string";
  if (typeof kind !== "string" || kind === "") return "kind must be set to a string";
  if (!isRecord(metadata)) return `${kind}: metadata must be set to an object`;
  const { name, namespace } = metadata;
  if (typeof name !== "string" || name === "") return `${kind}: metadata.name must be set to a string`;
  if (namespace !== undefined && namespace !== null && typeof namespace !== "string") {
    return `${kind} ${name}: metadata.namespace must be a string`;
  }
  return {
    ...value,
    apiVersion,
    kind,
    metadata: { ...metadata, name, namespace: namespace ?? DEFAULT_NAMESPACE },
  };
}

/**
 * Sorts objects by kind. All but APIRules are checked: one of a wrong shape, or a second one of the same
 * name, is a problem and left out. Kinds that Tollgate does not read are `ignored`.
 */
export function collectResources(objects: readonly KubernetesObject[]): {
  resources: Required<Resources>;
  ignored: KubernetesObject[];
  problems: ObjectProblem[];
} {
  const resources: Required<Resources> = {
    ...{ apiRules: [], gateways: [], services: [], secrets: [], virtualServices: [], meshConfigs: [] },
  };
  const ignored: KubernetesObject[] = [];
  const problems: ObjectProblem[] = [];
  const names = new Set<string>();
  for (const object of objects) {
    const kind = readKind(object);
    if (kind === undefined) {
      ignored.push(object);
    } else if (kind === APIRULE_KIND) {
      resources.apiRules.push(object);
    } else {
      const name = `${kind} ${object.metadata.namespace}/${object.metadata.name}`;
      const found = names.has(name) ? [secondOfName(kind)] : addChecked(resources, kind, object);
      names.add(name);
      problems.push(...found.map(({ path, message }) => ({ object: name, path, message })));
    }
  }
  return { resources, ignored, problems };
}

type ReadKind = typeof APIRULE_KIND | "Gateway" | "VirtualService" | "Service" | "Secret" | "ConfigMap";

/** The kind, for objects of a group that Tollgate reads. */
function readKind({ apiVersion, kind, metadata }: KubernetesObject): ReadKind | undefined {
  const group = apiVersion.includes("/") ? apiVersion.slice(0, apiVersion.indexOf("/")) : "";
  if (kind === APIRULE_KIND && group === APIRULE_GROUP) return kind;
  if ((kind === "Gateway" || kind === "VirtualService") && group === "networking.istio.io") return kind;
  if (group !== "") return undefined;
  if (kind === "ConfigMap") return isMeshConfig(metadata) ? kind : undefined;
  return kind === "Service" || kind === "Secret" ? kind : undefined;
}

function isMeshConfig({ namespace, name }: KubernetesObject["metadata"]): boolean {
  return namespace === "istio-system" && name === "istio";
}

function addChecked(
  resources: Required<Resources>,
  kind: Exclude<ReadKind, "APIRule">,
  object: KubernetesObject,
): Problem[] {
  const { apiVersion, metadata } = object;
  const check = (schema: TSchema, value: unknown, path: string) =>
    checkSchema(schema, value, path, { refuseUnknown: false });
  if (kind === "Gateway") {
    const { value, problems } = check(GatewaySpecSchema, object.spec, ".spec");
    if (problems.length === 0)
      resources.gateways.push({ apiVersion, kind, metadata, spec: value as Gateway["spec"] });
    return problems;
  }
  if (kind === "Service") {
    const { value, problems } = check(ServiceSpecSchema, object.spec, ".spec");
    if (problems.length === 0)
      resources.services.push({ apiVersion, kind, metadata, spec: value as Service["spec"] });
    return problems;
  }
  if (kind === "VirtualService") {
    const { value, problems } = check(VirtualServiceBindingSchema, object.spec, ".spec");
    if (problems.length === 0 && apiRuleOfVirtualService(object) === undefined)
      resources.virtualServices.push(readForeign(metadata, value as VirtualServiceBinding));
    return problems;
  }
  if (kind === "ConfigMap") {
    const { value, problems } = check(ConfigMapFieldsSchema, object, "");
    if (problems.length === 0)
      resources.meshConfigs.push({ ...(value as Partial<ConfigMap>), apiVersion, kind, metadata });
    return problems;
  }
  const { value, problems } = check(SecretFieldsSchema, object, "");
  if (problems.length === 0)
    resources.secrets.push({ ...(value as Partial<Secret>), apiVersion, kind, metadata });
  return problems;
}

function secondOfName(kind: ReadKind): Problem {
  return { path: ".metadata.name", message: `another ${kind} has the same name; this one is not used` };
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

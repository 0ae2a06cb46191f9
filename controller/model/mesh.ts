/** Istio's mesh configuration, as far as external authorizers stand in it. */
import { parse } from "yaml";
import type { ConfigMap } from "../api/resources.ts";

/** An HTTP service that is asked whether a request may pass (`envoyExtAuthzHttp` of an extension provider). */
interface ExternalAuthorizer {
  /** Host name of a Service, or `namespace/host`. */
  service: string;
  port: number;
  [field: string]: unknown;
}

/** The extension providers of the mesh by name; one that is no HTTP authorizer is null. Or why they are not known. */
export type Mesh =
  | { authorizers: ReadonlyMap<string, ExternalAuthorizer | null> }
  | { problem: string; isMissing?: true };

/** Reads the ConfigMap with the mesh configuration; undefined: there is none. Never throws. */
export function readMesh(configMap: Pick<ConfigMap, "data"> | undefined): Mesh {
  if (configMap === undefined) return { problem: "Failed to get Istio ConfigMap", isMissing: true };
  const text = configMap.data?.mesh;
  if (text === undefined) return { problem: "Istio ConfigMap does not contain mesh key" };
  try {
    const providers = memberOf(parse(text), "extensionProviders") ?? [];
    if (!Array.isArray(providers)) throw new Error("extensionProviders is not a list");
    return { authorizers: new Map(providers.flatMap(readProvider)) };
  } catch {
    return { problem: "Failed to unmarshal mesh data" };
  }
}

function readProvider(provider: unknown): [string, ExternalAuthorizer | null][] {
  const name = memberOf(provider, "name");
  if (typeof name !== "string") return [];
  const http = memberOf(provider, "envoyExtAuthzHttp");
  const [service, port] = [memberOf(http, "service"), memberOf(http, "port")];
  const isAuthorizer = typeof service === "string" && typeof port === "number";
  return [[name, isAuthorizer ? { ...(http as object), service, port } : null]];
}

function memberOf(value: unknown, name: string): unknown {
  return typeof value === "object" && value !== null ? (value as Record<string, unknown>)[name] : undefined;
}

/** Istio's mesh configuration, as far as external authorizers stand in it. */
import type { ConfigMap } from "../api/resources.ts";
import { type ExternalAuthorizer, ExternalAuthorizerSchema } from "./external-authorizer.ts";
import { checkSchema } from "./schema-check.ts";
import { parseYaml } from "./yaml.ts";

/** The extension providers of the mesh by name, or what is wrong with one as an authorizer. Or why they are not known. */
export type Mesh =
  | { authorizers: ReadonlyMap<string, ExternalAuthorizer | { problem: string }> }
  | { problem: string; isMissing?: true };

/** Reads the ConfigMap with the mesh configuration; undefined: there is none. Never throws. */
export function readMesh(configMap: Pick<ConfigMap, "data"> | undefined): Mesh {
  if (configMap === undefined) return { problem: "Failed to get Istio ConfigMap", isMissing: true };
  const text = configMap.data?.mesh;
  if (text === undefined) return { problem: "Istio ConfigMap does not contain mesh key" };
  try {
    const providers = memberOf(parseYaml(text), "extensionProviders") ?? [];
    if (!Array.isArray(providers)) throw new Error("extensionProviders is not a list");
    return { authorizers: new Map(providers.flatMap(readProvider)) };
  } catch {
    return { problem: "Failed to unmarshal mesh data" };
  }
}

function readProvider(provider: unknown): [string, ExternalAuthorizer | { problem: string }][] {
  const name = memberOf(provider, "name");
  if (typeof name !== "string") return [];
  const http = memberOf(provider, "envoyExtAuthzHttp");
  if (http === undefined || http === null) return [[name, { problem: NO_AUTHORIZER }]];
  const { value, problems } = checkSchema(ExternalAuthorizerSchema, http, "", { refuseUnknown: false });
  const [first] = problems;
  if (first === undefined) return [[name, value as ExternalAuthorizer]];
  const problem = `envoyExtAuthzHttp${first.path} in Istio ConfigMap mesh data: ${first.message}`;
  return [[name, { problem }]];
}

const NO_AUTHORIZER = "EnvoyExtAuthzHttp not found in Istio ConfigMap mesh data for authorizer";

function memberOf(value: unknown, name: string): unknown {
  return typeof value === "object" && value !== null ? (value as Record<string, unknown>)[name] : undefined;
}

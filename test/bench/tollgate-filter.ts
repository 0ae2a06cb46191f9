/** Tollgate's filter in a listener, with its configuration inline. */
import type { PluginConfig, PluginKey } from "../../controller/api/plugin-config.ts";
import type { KeySource, Policy, Provider } from "../../controller/model/exposure.ts";
import { FILTER_NAME } from "../../controller/render/envoy/filter-config.ts";
import { TYPE_URLS } from "../../controller/render/envoy/resource.ts";
import { renderPluginConfig } from "../../controller/render/plugin-config.ts";
import type { HttpFilter } from "./envoy-config.ts";
import { ISSUER, SCOPE, type SigningKey } from "./tokens.ts";

/** Id of the policy that lets every request pass. */
export const OPEN_POLICY = id("a", 0);

/** Id of the policy that demands a token of `ISSUER` with `SCOPE`. */
export const JWT_POLICY = id("b", 0);

/** How much the configuration holds beside what the measured route needs. */
export interface ConfigSize {
  /** JWT policies, each with another scope. */
  policies: number;
  /** Issuers, each with a key of its own; every policy accepts all of them. */
  issuers: number;
}

/** The configuration of the filter: the open policy and as many others as `size` says. */
export function pluginConfig(key: SigningKey, size: ConfigSize): PluginConfig {
  const pluginKey: PluginKey = { kid: key.keyId, algorithms: ["RS256"], spki: key.spki };
  const issuers = Array.from({ length: size.issuers }, (_, index) => index);
  const keySources = issuers.map((index): KeySource => {
    return { id: id("c", index), kind: "jwks", jwksUri: `${issuerName(index)}/jwks` };
  });
  const providers = issuers.map((index): Provider => {
    return {
      id: id("d", index),
      issuer: issuerName(index),
      keySource: id("c", index),
      algorithms: ["RS256"],
    };
  });
  const providerIds = providers.map((provider) => provider.id);
  const policies: Policy[] = [{ id: OPEN_POLICY, kind: "open", refuseAmbiguousPath: false }];
  for (let index = 0; index < size.policies; index++) policies.push(jwtPolicy(index, providerIds));
  const keys = new Map(keySources.map((source) => [source.id, [pluginKey]]));
  return renderPluginConfig({ policies, providers, keySources }, keys);
}

/**
 * The HTTP filter. Configurations of one VM replace each other, so each configuration needs a `vmId` of its own.
 */
export function tollgateFilter(wasmFile: string, config: PluginConfig, vmId: string): HttpFilter {
  return {
    name: FILTER_NAME,
    typed_config: {
      "@type": TYPE_URLS.wasm,
      config: {
        name: FILTER_NAME,
        root_id: FILTER_NAME,
        failure_policy: "FAIL_CLOSED",
        configuration: {
          "@type": TYPE_URLS.stringValue,
          value: JSON.stringify(config),
        },
        vm_config: { vm_id: vmId, runtime: "envoy.wasm.runtime.v8", code: { local: { filename: wasmFile } } },
      },
    },
  };
}

function jwtPolicy(index: number, providers: string[]): Policy {
  const scope = index === 0 ? SCOPE : `${SCOPE}:${index}`;
  return {
    id: id("b", index),
    kind: "jwt",
    providers,
    authorizations: [{ scopes: [scope], audiences: [] }],
    passCorsPreflight: false,
    refuseAmbiguousPath: false,
  };
}

function issuerName(index: number): string {
  return index === 0 ? ISSUER : `${ISSUER}-${index}`;
}

function id(kind: string, index: number): string {
  return `${kind}${index.toString(16).padStart(23, "0")}`;
}

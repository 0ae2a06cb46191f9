/** The filter with its configuration (ECDS). */
import type { AnyPluginConfig } from "../../api/packed-config.ts";
import { type EnvoyResource, TYPE_URLS } from "./resource.ts";

/** Name of the filter in the chain and of its resource; also its plugin name and VM id. */
export const FILTER_NAME = "tollgate";

/** Renders the Wasm filter. It fails closed: a VM that died answers 503. */
export function renderFilterConfig(pluginConfig: AnyPluginConfig, wasmFile: string): EnvoyResource {
  return {
    "@type": TYPE_URLS.extensionConfig,
    name: FILTER_NAME,
    typed_config: {
      "@type": TYPE_URLS.wasm,
      config: {
        name: FILTER_NAME,
        failure_policy: "FAIL_CLOSED",
        vm_config: {
          vm_id: FILTER_NAME,
          runtime: "envoy.wasm.runtime.v8",
          code: { local: { filename: wasmFile } },
        },
        configuration: { "@type": TYPE_URLS.stringValue, value: JSON.stringify(pluginConfig) },
      },
    },
  };
}

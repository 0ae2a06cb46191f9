/** The pure translation of very many APIRules: all at once, and one edit. No cluster, no I/O. */
import type { PluginConfig } from "../../../controller/api/plugin-config.ts";
import type { Gateway, KubernetesObject, Service } from "../../../controller/api/resources.ts";
import type { ApiRuleResult, Exposure } from "../../../controller/model/exposure.ts";
import { IncrementalTranslator } from "../../../controller/model/incremental-translator.ts";
import { workloadSelector } from "../../../controller/model/selector.ts";
import { routeIntrospection } from "../../../controller/render/introspection.ts";
import { DEFAULT_RELAY, introspectionInCluster } from "../../../controller/render/istio/introspection.ts";
import { renderVirtualService } from "../../../controller/render/istio/virtual-service.ts";
import { renderWasmPlugin } from "../../../controller/render/istio/wasm-plugin.ts";
import { ConfigPacker } from "../../../controller/render/packed-config.ts";
import { type KeysBySource, renderPluginConfig } from "../../../controller/render/plugin-config.ts";
import { type Figure, quantile } from "../figures.ts";
import { apiRuleAt, GATEWAYS, gateways, type IssuerAddress, scopeAt } from "./api-rules.ts";

const ISSUER: IssuerAddress = { url: "https://issuer.test", jwksUri: "https://issuer.test/jwks" };
const MODULE = { url: "http://tollgate.test/tollgate.wasm", sha256: "0".repeat(64) };
const COLD_GOAL_SECONDS = 10;
const EDIT_GOAL_MS = 50;
const EDITS = 200;

/** A 2048-bit RSA key for each key source, as large as a real one. */
const KEY = { kid: "k".repeat(43), algorithms: ["RS256" as const], spki: "A".repeat(392) };

/** The translation as a controller holds it, with the policies of each Gateway's workload. */
class Workbench {
  readonly #translator = new IncrementalTranslator();
  readonly #gateways: Gateway[];
  readonly #policies = new Map(GATEWAYS.map(({ name }) => [name, new Set<string>()]));
  readonly #packers = new Map<string, ConfigPacker>();

  constructor(apiRules: readonly KubernetesObject[]) {
    this.#gateways = gateways(8080, (name) => ({ gateway: name }));
    this.#translator.setGateways(this.#gateways);
    this.#translator.setService(ECHO);
    for (const apiRule of apiRules) this.#translator.setApiRule(apiRule);
  }

  /** Translates what is new and renders its VirtualServices; resolves to the names of the Gateways it concerns. */
  update(): Set<string> {
    const concerned = new Set<string>();
    for (const result of this.#translator.update().values()) {
      const exposure = acceptedIn(result);
      renderVirtualService(exposure);
      for (const { policy } of exposure.routes) this.#policies.get(exposure.gateway.name)?.add(policy);
      concerned.add(exposure.gateway.name);
    }
    return concerned;
  }

  /** Milliseconds until an edit is translated, and until its WasmPlugins are made too. */
  edit(apiRule: KubernetesObject): { translatedMs: number; doneMs: number } {
    const startedAt = performance.now();
    this.#translator.setApiRule(apiRule);
    const concerned = this.update();
    const translatedMs = performance.now() - startedAt;
    for (const name of concerned) this.wasmPlugin(name);
    return { translatedMs, doneMs: performance.now() - startedAt };
  }

  /** The WasmPlugin for the workload of a Gateway, as it is sent, and its configuration before it is packed. */
  wasmPlugin(gateway: string): { sent: string; config: PluginConfig } {
    const selector = workloadSelector(this.#gateways.find(({ metadata }) => metadata.name === gateway));
    const policySet = this.#translator.policySet(this.#policies.get(gateway) ?? []);
    const keys: KeysBySource = new Map(policySet.keySources.map(({ id }) => [id, [KEY]]));
    const routed = routeIntrospection(policySet, introspectionInCluster(DEFAULT_RELAY));
    const packer = this.#packers.get(gateway) ?? new ConfigPacker();
    this.#packers.set(gateway, packer);
    const config = renderPluginConfig(routed, keys);
    return { config, sent: JSON.stringify(renderWasmPlugin(selector, packer.pack(config), MODULE)) };
  }
}

const ECHO: Service = {
  apiVersion: "v1",
  kind: "Service",
  metadata: { name: "echo", namespace: "default" },
  spec: { ports: [{ port: 80 }] },
};

/** Measures `count` APIRules, each with a policy of its own or with few between them. */
export function measureTranslation(count: number, policies: "few" | "distinct"): Figure[] {
  const scopeOf = (index: number) => (policies === "few" ? scopeAt(index) : `scope-${index}`);
  const apiRules = Array.from({ length: count }, (_, index) => apiRuleAt(index, ISSUER, scopeOf(index)));
  const startedAt = performance.now();
  const bench = new Workbench(apiRules);
  bench.update();
  const plugins = GATEWAYS.map(({ name }) => ({ name, ...bench.wasmPlugin(name) }));
  const coldSeconds = (performance.now() - startedAt) / 1_000;
  const edits = Array.from({ length: EDITS }, (_, edit) => timeEdit(bench, edit, count));
  const translated = edits.map(({ translatedMs }) => translatedMs);
  const done = edits.map(({ doneMs }) => doneMs);
  return [
    { what: `translate ${count} APIRules`, value: coldSeconds, unit: "s", goal: COLD_GOAL_SECONDS },
    { what: "one edit translated, median", value: quantile(translated, 0.5), unit: "ms" },
    { what: `one edit translated, slowest of ${EDITS}`, value: quantile(translated, 1), unit: "ms" },
    { what: "one edit with its WasmPlugins, median", value: quantile(done, 0.5), unit: "ms" },
    {
      what: `one edit with its WasmPlugins, slowest of ${EDITS}`,
      value: quantile(done, 1),
      unit: "ms",
      goal: EDIT_GOAL_MS,
    },
    ...plugins.flatMap(({ name, sent, config }) => {
      const what = `gateway ${name}, ${config.policies.length} policies`;
      const plainBytes = Buffer.byteLength(JSON.stringify(config));
      return [
        { what: `${what}: configuration`, value: plainBytes, unit: "bytes" },
        { what: `${what}: WasmPlugin`, value: Buffer.byteLength(sent), unit: "bytes" },
      ];
    }),
  ];
}

/** Every second edit brings a policy that is new. */
function timeEdit(bench: Workbench, edit: number, count: number): ReturnType<Workbench["edit"]> {
  const index = Math.floor((edit / EDITS) * count);
  const apiRule = apiRuleAt(index, ISSUER, edit % 2 === 0 ? `edited-${edit}` : "scope-1");
  return bench.edit(apiRule);
}

function acceptedIn(result: ApiRuleResult | undefined): Exposure {
  if (result?.exposure === undefined) throw new Error(`refused: ${JSON.stringify(result?.problems)}`);
  return result.exposure;
}

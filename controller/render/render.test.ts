import { readdirSync, readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { stringify } from "yaml";
import { checkPluginConfig, type PluginKey } from "../api/plugin-config.ts";
import type { KubernetesObject } from "../api/resources.ts";
import type { Translation } from "../model/exposure.ts";
import { collectResources, parseManifests, type Resources } from "../model/manifests.ts";
import { readMesh } from "../model/mesh.ts";
import { policyIdOfRoute } from "../model/policy-set.ts";
import { translate } from "../model/translate.ts";
import {
  checkGateways,
  checkServices,
  type EnvoyFiles,
  introspectionOnMachine,
  renderEnvoy,
} from "./envoy/index.ts";
import { routeIntrospection } from "./introspection.ts";
import { renderIstio } from "./istio/index.ts";
import { type KeysBySource, renderPluginConfig } from "./plugin-config.ts";

const TESTDATA = new URL("./testdata/", import.meta.url);
const INPUT = ".in.yaml";

/** The same two keys for every source; their bytes take no part in what is rendered. */
const KEYS: PluginKey[] = [
  { kid: "2026-11", algorithms: ["RS256"], spki: "cnNhLWtleQ" },
  { kid: "2026-12", algorithms: ["ES256"], spki: "ZWMta2V5" },
];

const behaviours = readdirSync(TESTDATA)
  .filter((name) => name.endsWith(INPUT))
  .map((name) => name.slice(0, -INPUT.length))
  .sort();

test.each(behaviours)("%s", async (behaviour) => {
  const rendered = render(objectsOf(behaviour));
  await expect(rendered.istio.map(formatYaml).join("---\n")).toMatchFileSnapshot(golden(behaviour, "istio"));
  await expect(formatYaml(rendered.envoy)).toMatchFileSnapshot(golden(behaviour, "envoy"));
});

test.each(behaviours)(
  "%s: the filter accepts each configuration and knows the policy of each route",
  (behaviour) => {
    const { istio, envoy } = render(objectsOf(behaviour));
    const plugins = istio.filter(({ kind }) => kind === "WasmPlugin").map(pluginConfigOf);
    const configs = [...plugins, JSON.parse(findString(envoy.filterConfig, "configuration"))];
    expect(configs.map(checkPluginConfig)).toEqual(configs.map(() => []));
    const policies = (rendered: unknown) => routeNames(rendered).map(policyIdOfRoute).sort();
    const known = new Set(plugins.flatMap((config) => idsOf(config)));
    expect(new Set(policies(istio))).toEqual(known);
    for (const policy of policies(envoy.routeConfigurations)) expect(known).toContain(policy);
  },
);

test.each(behaviours)("%s: the order of the input does not show", (behaviour) => {
  const objects = objectsOf(behaviour);
  expect(JSON.stringify(render([...objects].reverse()))).toBe(JSON.stringify(render(objects)));
});

test("a changed rule leaves listeners and certificates as they are", () => {
  const objects = objectsOf("tls-and-redirect");
  const edited = objects.filter(({ kind }) => kind !== "APIRule");
  const { envoy } = render(objects);
  const { envoy: after } = render(edited);
  expect(after.routeConfigurations).not.toEqual(envoy.routeConfigurations);
  expect(after.listeners).toEqual(envoy.listeners);
  expect(after.secrets).toEqual(envoy.secrets);
});

interface Rendered {
  istio: KubernetesObject[];
  envoy: EnvoyFiles;
}

function render(objects: readonly KubernetesObject[]): Rendered {
  const { resources, problems, ignored } = collectResources(objects);
  expect([problems, ignored]).toEqual([[], []]);
  const translation = translate(resources);
  expect(translation.results.flatMap((result) => result.problems)).toEqual([]);
  const keys: KeysBySource = new Map(translation.policySet.keySources.map(({ id }) => [id, KEYS]));
  const options = { url: "oci://registry.example/tollgate:1", sha256: "0".repeat(64) };
  return {
    istio: renderIstio(translation, resources, keys, options),
    envoy: renderStandalone(translation, resources, keys),
  };
}

function renderStandalone(
  translation: Translation,
  resources: Required<Resources>,
  keys: KeysBySource,
): EnvoyFiles {
  const { gateways, services, secrets, meshConfigs } = resources;
  const mesh = readMesh(meshConfigs[0]);
  const exposures = translation.results.flatMap(({ exposure }) => exposure ?? []);
  expect([...checkGateways(gateways, { secrets }), ...checkServices(exposures, services, mesh)]).toEqual([]);
  return renderEnvoy({
    exposures,
    gateways,
    services,
    secrets,
    pluginConfig: renderPluginConfig(routeIntrospection(translation.policySet, introspectionOnMachine), keys),
    introspectionServers: translation.policySet.introspectionServers,
    mesh,
    wasmFile: "/run/tollgate/tollgate.wasm",
    runDir: "/run/tollgate",
  });
}

function objectsOf(behaviour: string): KubernetesObject[] {
  const file = `${behaviour}${INPUT}`;
  const { objects, problems } = parseManifests(readFileSync(new URL(file, TESTDATA), "utf8"), file);
  expect(problems).toEqual([]);
  return objects;
}

function golden(behaviour: string, rendering: string): string {
  return new URL(`${behaviour}.${rendering}.yaml`, TESTDATA).pathname;
}

function formatYaml(value: unknown): string {
  return stringify(value, { lineWidth: 0, aliasDuplicateObjects: false });
}

function pluginConfigOf({ spec }: KubernetesObject): unknown {
  return (spec as { pluginConfig: unknown }).pluginConfig;
}

function idsOf(config: unknown): string[] {
  return (config as { policies: { id: string }[] }).policies.map(({ id }) => id);
}

/** The `value` of the first member called `name`, at any depth. */
function findString(value: unknown, name: string): string {
  const found = membersOf(value).find(([member]) => member === name)?.[1];
  return (found as { value: string }).value;
}

function routeNames(value: unknown): string[] {
  return membersOf(value).flatMap(([name, member]) =>
    name === "name" && typeof member === "string" && member.startsWith("tollgate/") ? member : [],
  );
}

function membersOf(value: unknown): [string, unknown][] {
  if (typeof value !== "object" || value === null) return [];
  return Object.entries(value).flatMap(
    ([name, member]) => [[name, member], ...membersOf(member)] as [string, unknown][],
  );
}

/** How the mesh has its gateways normalise paths, before anything else looks at them. */
import { expect } from "vitest";
import { eventually } from "../../support/eventually.ts";
import type { Cluster } from "./cluster.ts";
import { configureMesh } from "./mesh.ts";

/** From the weakest to the strongest; `BASE` is Istio's default. */
export type Normalization = "NONE" | "BASE" | "MERGE_SLASHES" | "DECODE_AND_MERGE_SLASHES";

/** What a listener of Envoy holds for each, in the order of `SETTINGS`. */
const EXPECTED: Readonly<Record<Normalization, readonly boolean[]>> = {
  NONE: [false, false, false],
  BASE: [true, false, false],
  MERGE_SLASHES: [true, true, false],
  DECODE_AND_MERGE_SLASHES: [true, true, true],
};
const SETTINGS = [
  /"normalize_path": true/,
  /"merge_slashes": true/,
  /"path_with_escaped_slashes_action": "UNESCAPE_AND_FORWARD"/,
];
const IN_FORCE_WITHIN_MS = 10_000;

/** Changes the mesh configuration, and waits until the gateway has it. Connections opened before keep the old one. */
export async function normalizePaths(cluster: Cluster, normalization: Normalization): Promise<void> {
  await configureMesh(cluster, { pathNormalization: { normalization } });
  const { adminUrl } = cluster.controlPlane.gateway;
  await eventually(async () => {
    const listener = await activeListener(adminUrl);
    expect(SETTINGS.map((setting) => setting.test(listener))).toEqual(EXPECTED[normalization]);
  }, IN_FORCE_WITHIN_MS);
}

/** The configuration of the listener that serves requests, as text. */
async function activeListener(adminUrl: string): Promise<string> {
  const response = await fetch(`${adminUrl}/config_dump?resource=dynamic_listeners`);
  const { configs } = (await response.json()) as { configs: { active_state?: object }[] };
  return JSON.stringify(
    configs.map(({ active_state }) => active_state),
    undefined,
    1,
  );
}

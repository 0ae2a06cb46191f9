/** What Istio's mesh configuration says about paths and identities. */
import { parseYaml } from "../model/yaml.ts";

const STRONG = ["MERGE_SLASHES", "DECODE_AND_MERGE_SLASHES"];
const DEFAULT = "BASE";

/**
 * The warning for APIRules whose rules differ in strength, when gateways normalise paths less than `MERGE_SLASHES`.
 *
 * @param mesh YAML of the mesh configuration; undefined where it is not known
 */
export function pathNormalizationWarning(mesh: string | undefined): string | undefined {
  if (mesh === undefined) return undefined;
  const normalization = normalizationIn(mesh);
  if (STRONG.includes(normalization)) return undefined;
  return `the mesh normalises paths as ${normalization}; requests with ambiguous paths are refused where a stricter rule could be passed by; set pathNormalization to MERGE_SLASHES`;
}

/** The trust domain of the mesh; undefined where the configuration names none. */
export function trustDomainIn(mesh: string | undefined): string | undefined {
  const value = readMesh(mesh ?? "")?.trustDomain;
  return typeof value === "string" && value !== "" ? value : undefined;
}

function normalizationIn(mesh: string): string {
  const value = readMesh(mesh)?.pathNormalization?.normalization;
  return typeof value === "string" && value !== "DEFAULT" ? value : DEFAULT;
}

interface MeshConfig {
  trustDomain?: unknown;
  pathNormalization?: { normalization?: unknown };
}

function readMesh(mesh: string): MeshConfig | null {
  try {
    return parseYaml(mesh) as MeshConfig | null;
  } catch {
    return null;
  }
}

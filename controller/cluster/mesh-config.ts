/** What Istio's mesh configuration says about paths. */
import { parse } from "yaml";

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

function normalizationIn(mesh: string): string {
  try {
    const config = parse(mesh) as { pathNormalization?: { normalization?: unknown } } | null;
    const value = config?.pathNormalization?.normalization;
    return typeof value === "string" && value !== "DEFAULT" ? value : DEFAULT;
  } catch {
    return DEFAULT;
  }
}

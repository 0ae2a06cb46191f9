/** Reads `spec.corsPolicy`. */
import type { Spec } from "../api/apirule/spec.ts";
import type { Cors, CorsAnswer } from "./exposure.ts";
import type { Findings } from "./findings.ts";
import { re2Problem } from "./re2.ts";

type CorsPolicy = NonNullable<Spec["corsPolicy"]>;
type Origin = Cors["allowOrigins"][number];

const PATH = ".spec.corsPolicy";

/** CORS as the gateway answers it; undefined when no origin is allowed, which a warning says. */
export function readCors(policy: CorsPolicy, findings: Findings): Cors | undefined {
  const allowOrigins = (policy.allowOrigins ?? []).flatMap((match, index) =>
    readOrigin(match, `${PATH}.allowOrigins[${index}]`, findings),
  );
  if (allowOrigins.length === 0) {
    if (!findings.isMisshapen(PATH))
      findings.warning(PATH, "corsPolicy has no effect, because it has no allowOrigins");
    return undefined;
  }
  return {
    allowOrigins,
    allowMethods: policy.allowMethods ?? [],
    allowHeaders: policy.allowHeaders ?? [],
    exposeHeaders: policy.exposeHeaders ?? [],
    ...(policy.allowCredentials === undefined ? {} : { allowCredentials: policy.allowCredentials }),
    ...(policy.maxAge === undefined ? {} : { maxAgeSeconds: policy.maxAge }),
  };
}

/** What of CORS concerns an answer that is no preflight's. */
export function corsAnswer({ allowOrigins, exposeHeaders, allowCredentials }: Cors): CorsAnswer {
  return { allowOrigins, exposeHeaders, ...(allowCredentials === true ? { allowCredentials } : {}) };
}

function readOrigin(
  match: NonNullable<CorsPolicy["allowOrigins"]>[number],
  path: string,
  findings: Findings,
): Origin[] {
  const origins: Origin[] = [];
  for (const kind of ["exact", "prefix", "regex"] as const) {
    const value = match[kind];
    if (value === undefined) continue;
    const reason = kind === "regex" ? re2Problem(value) : undefined;
    if (reason !== undefined)
      findings.problem(`${path}.regex`, `cannot be used as a regular expression (RE2): ${reason}`);
    origins.push({ kind, value });
  }
  return origins;
}

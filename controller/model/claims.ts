/** Reads what a rule demands of single claims, and which of them become headers. */
import type { Static } from "typebox";
import type { JwtSchema } from "../api/apirule/jwt.ts";
import type { Authorization, TokenRules } from "./exposure.ts";
import type { Findings } from "./findings.ts";
import { normalised } from "./normal-form.ts";
import { identityHeaderProblem } from "./request-headers.ts";

type Jwt = Static<typeof JwtSchema>;
type RequiredClaims = NonNullable<Jwt["authorizations"]>[number]["requiredClaims"];
type ClaimValue = string | number | boolean;

/** The claims that `requiredClaims` at `path` demands, in a normal form. */
export function readRequiredClaims(
  claims: RequiredClaims,
  path: string,
  findings: Findings,
): Pick<Authorization, "claims"> {
  if (claims === undefined) return {};
  return {
    claims: normalised(
      claims.map((claim, index) => ({
        path: claim.path,
        values: normalised(readValues(claim.values, `${path}[${index}].values`, findings)),
      })),
    ),
  };
}

function readValues(values: readonly unknown[], path: string, findings: Findings): ClaimValue[] {
  return values.flatMap((value, index) => {
    const problem = valueProblem(value);
    if (problem === undefined) return [value as ClaimValue];
    findings.problem(`${path}[${index}]`, problem);
    return [];
  });
}

function valueProblem(value: unknown): string | undefined {
  if (typeof value === "string") return value.isWellFormed() ? undefined : "must be valid Unicode";
  if (typeof value === "boolean") return undefined;
  if (typeof value !== "number" || !Number.isFinite(value)) return "must be a string, a number or a boolean";
  return !Number.isInteger(value) || Number.isSafeInteger(value) ? undefined : "is too large to be exact";
}

/** The headers that `claimsToHeaders` at `path` sets, in a normal form; none where there are none. */
export function readClaimsToHeaders(
  entries: Jwt["claimsToHeaders"],
  path: string,
  findings: Findings,
): Pick<TokenRules, "claimsToHeaders"> {
  if (entries === undefined || entries.length === 0) return {};
  const seen = new Set<string>();
  const claimsToHeaders = entries.map(({ claim, header }, index) => {
    const name = header.toLowerCase();
    const problem = identityHeaderProblem(name);
    const key = name.replaceAll("_", "-");
    if (problem !== undefined) findings.problem(`${path}[${index}].header`, problem);
    if (seen.has(key)) findings.problem(`${path}[${index}].header`, `the header ${name} is set twice`);
    seen.add(key);
    return { path: claim, header: name };
  });
  return { claimsToHeaders: normalised(claimsToHeaders) };
}

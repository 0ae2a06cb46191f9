/** Reads `jwt` of a rule into the content of a policy. */
import type { Static } from "typebox";
import { ALGORITHM_NAMES } from "../api/algorithms.ts";
import type { JwtSchema } from "../api/apirule/jwt.ts";
import type { Findings } from "./findings.ts";
import { canonicalJson } from "./ids.ts";
import type { JwtContent, ProviderContent } from "./policies.ts";

type Jwt = Static<typeof JwtSchema>;
type Authentication = NonNullable<Jwt["authentications"]>[number];
type Authorization = NonNullable<Jwt["authorizations"]>[number];

/** What `jwt` at `path` demands, in a normal form: sorted and free of duplicates. */
export function readJwt(
  jwt: Jwt,
  path: string,
  findings: Findings,
): Pick<JwtContent, "providers" | "authorizations"> {
  const authentications = jwt.authentications ?? [];
  if (authentications.length === 0) {
    findings.problem(`${path}.authentications`, "A JWT config must have at least one authentication");
  }
  if (jwt.authorizations?.length === 0) {
    findings.problem(`${path}.authorizations`, "authorizations defined, but no configuration exists");
  }
  return {
    providers: normalised(
      authentications.map((entry, index) =>
        readAuthentication(entry, `${path}.authentications[${index}]`, findings),
      ),
    ),
    authorizations: normalised(
      (jwt.authorizations ?? []).map((entry, index) =>
        readAuthorization(entry, `${path}.authorizations[${index}]`, findings),
      ),
    ),
  };
}

function readAuthentication(entry: Authentication, path: string, findings: Findings): ProviderContent {
  for (const field of ["fromHeaders", "fromParams"] as const) {
    if (entry[field] !== undefined) {
      findings.problem(`${path}.${field}`, `${field} is not supported yet; the rule is not applied`);
    }
  }
  const { issuer, jwksUri, algorithms } = entry;
  if (issuer === "" || (issuer.includes(":") && !URL.canParse(issuer))) {
    findings.problem(
      `${path}.issuer`,
      `value is empty or not a valid uri err=${JSON.stringify(issuer)} is not a URI`,
    );
  } else if (jwksUri === undefined) {
    const reason = addressProblem(issuer);
    if (reason !== undefined) {
      const need = "without jwksUri the keys are found by OpenID Connect Discovery at the issuer";
      findings.problem(`${path}.issuer`, `${need}, but ${reason}; set jwksUri`);
    }
  } else {
    const reason = addressProblem(jwksUri);
    if (reason !== undefined)
      findings.problem(`${path}.jwksUri`, `value is empty or not a valid uri err=${reason}`);
  }
  return {
    issuer,
    keySource: jwksUri === undefined ? { kind: "discovery", issuer } : { kind: "jwks", jwksUri },
    algorithms: ALGORITHM_NAMES.filter((name) => algorithms?.includes(name) ?? true),
  };
}

/** Why nothing can be fetched from an address. */
export function addressProblem(address: string): string | undefined {
  if (!URL.canParse(address)) return `${JSON.stringify(address)} is not a URI`;
  const url = new URL(address);
  if (url.protocol !== "https:" && url.protocol !== "http:")
    return `the scheme ${url.protocol} is not http: or https:`;
  if (url.username !== "" || url.password !== "") return "it holds a user name or password";
  return undefined;
}

function readAuthorization(
  entry: Authorization,
  path: string,
  findings: Findings,
): JwtContent["authorizations"][number] {
  if (entry.requiredScopes === undefined && entry.audiences === undefined)
    findings.problem(path, "authorization is empty");
  return readDemands(entry, path, findings);
}

/** What `requiredScopes` and `audiences` at `path` demand of a token. */
export function readDemands(
  { requiredScopes, audiences }: Pick<Authorization, "requiredScopes" | "audiences">,
  path: string,
  findings: Findings,
): JwtContent["authorizations"][number] {
  checkValues(requiredScopes, `${path}.requiredScopes`, "scope", findings);
  checkValues(audiences, `${path}.audiences`, "audience", findings);
  return { scopes: sortedUnique(requiredScopes ?? []), audiences: sortedUnique(audiences ?? []) };
}

function checkValues(
  values: readonly string[] | undefined,
  path: string,
  name: string,
  findings: Findings,
): void {
  if (values?.length === 0) findings.problem(path, "value is empty");
  if (values?.includes("")) findings.problem(path, `${name} value is empty`);
  if (values?.some((value) => /\p{Cc}/u.test(value))) {
    findings.problem(path, `${name} value holds a control character`);
  }
}

function normalised<T extends ProviderContent | JwtContent["authorizations"][number]>(
  entries: readonly T[],
): T[] {
  const byContent = new Map(entries.map((entry) => [canonicalJson(entry), entry]));
  return sortedUnique([...byContent.keys()]).flatMap((content) => byContent.get(content) ?? []);
}

function sortedUnique(values: readonly string[]): string[] {
  return [...new Set(values)].sort();
}

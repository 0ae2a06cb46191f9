/** Reads `jwt` of a rule into the content of a policy. */
import type { Static } from "typebox";
import { ALGORITHM_NAMES } from "../api/algorithms.ts";
import type { JwtSchema } from "../api/apirule/jwt.ts";
import { readClaimsToHeaders, readRequiredClaims } from "./claims.ts";
import type { Findings } from "./findings.ts";
import { normalised, sortedUnique } from "./normal-form.ts";
import type { JwtContent, ProviderContent } from "./policies.ts";
import { readPlaces } from "./token-places.ts";

type Jwt = Static<typeof JwtSchema>;
type Authentication = NonNullable<Jwt["authentications"]>[number];
type Authorization = NonNullable<Jwt["authorizations"]>[number];

/** What `jwt` at `path` demands, in a normal form: sorted and free of duplicates. */
export function readJwt(
  jwt: Jwt,
  path: string,
  findings: Findings,
): Omit<JwtContent, "kind" | "introspection"> {
  const authentications = jwt.authentications ?? [];
  if (authentications.length === 0) {
    findings.problem(`${path}.authentications`, "A JWT config must have at least one authentication");
  }
  const providers = normalised(
    authentications.map((entry, index) =>
      readAuthentication(entry, `${path}.authentications[${index}]`, findings),
    ),
  );
  return {
    providers,
    authorizations: normalised(
      (jwt.authorizations ?? []).map((entry, index) =>
        readAuthorization(entry, `${path}.authorizations[${index}]`, findings),
      ),
    ),
    ...readClaimsToHeaders(jwt.claimsToHeaders, `${path}.claimsToHeaders`, findings),
    ...(jwt.clockSkewSeconds !== undefined && { clockSkewSeconds: jwt.clockSkewSeconds }),
    ...(jwt.requireExp && { requireExp: true }),
  };
}

function readAuthentication(entry: Authentication, path: string, findings: Findings): ProviderContent {
  const { issuer, jwksUri, algorithms } = entry;
  if (issuer.includes(":") && !URL.canParse(issuer)) {
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
    ...readPlaces(entry, path, findings),
    ...readTokenTypes(entry),
  };
}

/** Media types without `application/`, which may be left out (RFC 7515, section 4.1.9). */
function readTokenTypes({ tokenTypes }: Authentication): Pick<ProviderContent, "tokenTypes"> {
  if (tokenTypes === undefined) return {};
  return {
    tokenTypes: sortedUnique(tokenTypes.map((type) => type.toLowerCase().replace(/^application\//, ""))),
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
  return {
    ...readDemands(entry),
    ...readRequiredClaims(entry.requiredClaims, `${path}.requiredClaims`, findings),
  };
}

/** What `requiredScopes` and `audiences` demand of a token. */
export function readDemands({
  requiredScopes,
  audiences,
}: Pick<Authorization, "requiredScopes" | "audiences">): JwtContent["authorizations"][number] {
  return { scopes: sortedUnique(requiredScopes ?? []), audiences: sortedUnique(audiences ?? []) };
}

/** Reads `jwt` of a rule into the content of a policy. */
import type { Static } from "typebox";
import { ALGORITHM_NAMES } from "../api/algorithms.ts";
import type { JwtSchema } from "../api/apirule/jwt.ts";
import { readClaimsToHeaders, readRequiredClaims } from "./claims.ts";
import type { Findings } from "./findings.ts";
import { normalised, sortedUnique } from "./normal-form.ts";
import type { JwtContent, ProviderContent } from "./policies.ts";
import { readPlaces } from "./token-places.ts";

/** A media type, of which the part before the slash may be left out (RFC 6838, section 4.2). */
const MEDIA_TYPE = /^([A-Za-z0-9][\w!#$&^.+-]*\/)?[A-Za-z0-9][\w!#$&^.+-]*$/;

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
  if (jwt.authorizations?.length === 0) {
    findings.problem(`${path}.authorizations`, "authorizations defined, but no configuration exists");
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
    ...readPlaces(entry, path, findings),
    ...readTokenTypes(entry, path, findings),
  };
}

/** Media types without `application/`, which may be left out (RFC 7515, section 4.1.9). */
function readTokenTypes(
  { tokenTypes }: Authentication,
  path: string,
  findings: Findings,
): Pick<ProviderContent, "tokenTypes"> {
  for (const [index, type] of (tokenTypes ?? []).entries()) {
    if (!MEDIA_TYPE.test(type)) findings.problem(`${path}.tokenTypes[${index}]`, "is not a media type");
  }
  return (
    (tokenTypes && {
      tokenTypes: sortedUnique(tokenTypes.map((type) => type.toLowerCase().replace(/^application\//, ""))),
    }) ??
    {}
  );
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
  const { requiredScopes, audiences, requiredClaims } = entry;
  if (requiredScopes === undefined && audiences === undefined && requiredClaims === undefined)
    findings.problem(path, "authorization is empty");
  return {
    ...readDemands(entry, path, findings),
    ...readRequiredClaims(requiredClaims, `${path}.requiredClaims`, findings),
  };
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

/** Reads where tokens may stand. */
import type { Static } from "typebox";
import type { JwtSchema } from "../api/apirule/jwt.ts";
import { LIMITS } from "../api/limits.ts";
import type { TokenPlace } from "./exposure.ts";
import type { Findings } from "./findings.ts";
import { normalised } from "./normal-form.ts";
import { isConnectionHeader } from "./request-headers.ts";

type Authentication = NonNullable<Static<typeof JwtSchema>["authentications"]>[number];
type NamedPlaces = Pick<Authentication, "fromHeaders" | "fromParams" | "fromCookies">;
type FromHeader = NonNullable<Authentication["fromHeaders"]>[number];

/** The places that an authentication or introspection at `path` names, in a normal form; none where it leaves the default. */
export function readPlaces(
  { fromHeaders = [], fromParams = [], fromCookies = [] }: NamedPlaces,
  path: string,
  findings: Findings,
): { places?: TokenPlace[] } {
  const headers = fromHeaders.map((header, index) => {
    checkHeader(header, `${path}.fromHeaders[${index}]`, findings);
    return headerPlace(header);
  });
  for (const [index, name] of fromParams.entries()) {
    if (/\p{Cc}/u.test(name)) findings.problem(`${path}.fromParams[${index}]`, "holds a control character");
  }
  const places: TokenPlace[] = [
    ...headers,
    ...fromParams.map((name) => ({ kind: "param" as const, name })),
    ...fromCookies.map((name) => ({ kind: "cookie" as const, name })),
  ];
  return places.length === 0 ? {} : { places: normalised(places) };
}

/** Refuses a rule whose authentications and introspection name more places together than the filter looks at. */
export function checkPlaceCount(
  tokens: readonly { places?: TokenPlace[] }[],
  path: string,
  findings: Findings,
): void {
  const count = normalised<TokenPlace | null>(tokens.flatMap(({ places }) => places ?? [null])).length;
  if (count <= LIMITS.maxTokenPlaces) return;
  findings.problem(
    path,
    `must not name more than ${LIMITS.maxTokenPlaces} places of tokens, but names ${count}`,
  );
}

function headerPlace({ name, prefix }: FromHeader): TokenPlace {
  return { kind: "header", name: name.toLowerCase(), ...(prefix && { prefix }) };
}

function checkHeader({ name, prefix = "" }: FromHeader, path: string, findings: Findings): void {
  const problem = headerProblem(name.toLowerCase());
  if (problem !== undefined) findings.problem(`${path}.name`, problem);
  if (/^\s/u.test(prefix)) findings.problem(`${path}.prefix`, "must not start with a space");
  if (prefix.includes(",")) findings.problem(`${path}.prefix`, "must not hold a comma");
  if (/\p{Cc}/u.test(prefix)) findings.problem(`${path}.prefix`, "holds a control character");
}

function headerProblem(name: string): string | undefined {
  if (name === "cookie") return "holds many cookies; name one in fromCookies";
  return isConnectionHeader(name) ? "belongs to the connection" : undefined;
}

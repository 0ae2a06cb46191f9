/** Requests that show what the samples do, each with the answer it gets. */
import type { Issuer } from "./issuer.ts";

/** A shell variable of the printed examples that holds a token. */
export type TokenName = "READ" | "WRITE" | "PARTNER" | "OPAQUE";

export interface Example {
  /** File of deploy/samples/standalone that decides the answer. */
  file: string;
  title: string;
  method: "GET" | "POST";
  host: string;
  path: string;
  token?: TokenName;
  /** Status of the answer. */
  status: number;
}

const SAMPLES = [
  {
    file: "no-auth.yaml",
    host: "shop.local.test",
    requests: [
      { title: "open to everybody", method: "GET", path: "/items", status: 200 },
      { title: "a method that no rule lists", method: "POST", path: "/items", status: 404 },
    ],
  },
  {
    file: "jwt-scopes.yaml",
    host: "orders.local.test",
    requests: [
      { title: "no token", method: "GET", path: "/orders/7", status: 401 },
      { title: "a token with the scope", method: "GET", path: "/orders/7", token: "READ", status: 200 },
      { title: "a token without the scope", method: "POST", path: "/orders", token: "READ", status: 403 },
      { title: "a token with the scope", method: "POST", path: "/orders", token: "WRITE", status: 200 },
    ],
  },
  {
    file: "jwt-discovery.yaml",
    host: "profile.local.test",
    requests: [
      { title: "keys found by discovery", method: "GET", path: "/", token: "READ", status: 200 },
      { title: "a token of an issuer not listed", method: "GET", path: "/", token: "PARTNER", status: 401 },
    ],
  },
  {
    file: "issuers-and-audiences.yaml",
    host: "reports.local.test",
    requests: [
      {
        title: "a token of the second issuer",
        method: "GET",
        path: "/reports/1",
        token: "PARTNER",
        status: 200,
      },
      { title: "neither audience nor scope", method: "GET", path: "/reports/1", token: "READ", status: 403 },
    ],
  },
  {
    file: "introspection.yaml",
    host: "tickets.local.test",
    requests: [
      {
        title: "an opaque token, introspected at the issuer",
        method: "GET",
        path: "/tickets",
        token: "OPAQUE",
        status: 200,
      },
      { title: "a JWT beside it", method: "GET", path: "/tickets", token: "READ", status: 200 },
      { title: "a token without the scope", method: "GET", path: "/tickets", token: "WRITE", status: 403 },
    ],
  },
  {
    file: "path-operators.yaml",
    host: "files.local.test",
    requests: [
      { title: "one segment, then anything", method: "GET", path: "/users/ann/photos/1", status: 200 },
      { title: "the narrow rule comes first", method: "GET", path: "/users/ann/private/1", status: 401 },
      { title: "a path that no rule lists", method: "GET", path: "/other", status: 404 },
    ],
  },
] as const;

/** Every example, in the order in which they are shown. */
export const EXAMPLES: readonly Example[] = SAMPLES.flatMap(({ file, host, requests }) =>
  requests.map((request) => ({ file, host, ...request })),
);

/** Fresh tokens for the examples. */
export async function fetchExampleTokens(
  issuer: Issuer,
  partner: Issuer,
): Promise<Record<TokenName, string>> {
  const [READ, WRITE, PARTNER, OPAQUE] = await Promise.all([
    issuer.token({ scope: "read" }),
    issuer.token({ scope: "write" }),
    partner.token({ audience: "https://reports.local.test" }),
    issuer.token({ scope: "read", opaque: true }),
  ]);
  return { READ, WRITE, PARTNER, OPAQUE };
}

/** A shell command that sends the example's request to the gateway and shows the answer with its header. */
export function curlLine(example: Example, gatewayUrl: string): string {
  const method = example.method === "GET" ? "" : ` -X ${example.method}`;
  const token = example.token === undefined ? "" : ` -H "Authorization: Bearer $${example.token}"`;
  return `curl -i${method} -H 'Host: ${example.host}'${token} ${gatewayUrl}${example.path}`;
}

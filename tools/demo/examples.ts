/** Requests that show what the samples do, each with the answer it gets. */
import type { Issuer } from "./issuer.ts";

/** A shell variable of the printed examples that holds a token. */
export type TokenName = "READ" | "WRITE" | "PARTNER" | "OPAQUE";

export interface Example {
  /** File of deploy/samples/standalone that decides the answer. */
  file: string;
  title: string;
  method: "GET" | "POST" | "OPTIONS";
  host: string;
  /** As the shell reads it in double quotes: `$NAME` stands for a token. */
  path: string;
  /** Sent in `Authorization: Bearer`. */
  token?: TokenName;
  /** More header lines, read as `path` is. */
  headers?: readonly string[];
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
  {
    file: "token-places.yaml",
    host: "downloads.local.test",
    requests: [
      {
        title: "the token in a header of its own",
        method: "GET",
        path: "/downloads/1",
        headers: ["X-Access-Token: $READ"],
        status: 200,
      },
      {
        title: "in the query, which the service gets without it",
        method: "GET",
        path: "/downloads/1?page=2&access_token=$READ",
        status: 200,
      },
      {
        title: "in a cookie",
        method: "GET",
        path: "/downloads/1",
        headers: ["Cookie: access_token=$READ"],
        status: 200,
      },
      {
        title: "in a place that the rule does not name",
        method: "GET",
        path: "/downloads/1",
        token: "READ",
        status: 401,
      },
    ],
  },
  {
    file: "claims.yaml",
    host: "members.local.test",
    requests: [
      {
        title: "the service gets x-user from the token alone",
        method: "GET",
        path: "/members/1",
        token: "READ",
        headers: ["X-User: somebody"],
        status: 200,
      },
      { title: "a token without the claim", method: "GET", path: "/admins/1", token: "READ", status: 403 },
    ],
  },
  {
    file: "shadow-mode.yaml",
    host: "legacy.local.test",
    requests: [{ title: "no token, which is only counted", method: "GET", path: "/", status: 200 }],
  },
  {
    file: "cors.yaml",
    host: "accounts.local.test",
    requests: [
      {
        title: "a preflight needs no token",
        method: "OPTIONS",
        path: "/accounts/7",
        headers: ["Origin: https://app.local.test", "Access-Control-Request-Method: PUT"],
        status: 200,
      },
      {
        title: "a refusal that the page may read",
        method: "GET",
        path: "/accounts/7",
        headers: ["Origin: https://app.local.test"],
        status: 401,
      },
    ],
  },
  {
    file: "dashboard-login.yaml",
    host: "dashboard.local.test",
    requests: [{ title: "nobody passes until oauth2-proxy runs", method: "GET", path: "/", status: 503 }],
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

/** The header lines of an example's request but for the host; `$NAME` stands for a token. */
export function headerLines({ token, headers = [] }: Example): readonly string[] {
  return token === undefined ? headers : [`Authorization: Bearer $${token}`, ...headers];
}

/** A shell command that sends the example's request to the gateway and shows the answer with its header. */
export function curlLine(example: Example, gatewayUrl: string): string {
  const method = example.method === "GET" ? "" : ` -X ${example.method}`;
  const headers = [`Host: ${example.host}`, ...headerLines(example)].map((line) => ` -H ${quote(line)}`);
  const url = `${gatewayUrl}${example.path}`;
  return `curl -i${method}${headers.join("")} ${example.path.includes("$") ? quote(url) : url}`;
}

/** Quotes for a shell; variables are read where there are any. */
function quote(text: string): string {
  return text.includes("$") ? `"${text}"` : `'${text}'`;
}

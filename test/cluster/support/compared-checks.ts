/** The same demands made of Tollgate and of Istio itself, on one gateway, and the requests they are compared by. */
import { expect } from "vitest";
import { apiRule, jwtRule, openRule } from "../../support/apirule.ts";
import type { HeaderLine, RawRequest } from "../../support/client.ts";
import { eventually } from "../../support/eventually.ts";
import { forge } from "../../support/forgeries.ts";
import { signToken } from "../../support/sign.ts";
import { type Cluster, expectStatus } from "./cluster.ts";
import { istioAuthorization } from "./istio-authorization.ts";

/** A request and what it is about. */
export interface ComparedRequest {
  title: string;
  request: RawRequest;
}

/** Everything below it needs a token with the scope `read`. */
export const PROTECTED_PATH = "/orders";

const NAME = "compared";
const HOST = `${NAME}.local.test`;
const AUDIENCE = "https://billing.local.test";
const ORDER = `${PROTECTED_PATH}/7`;
const BILL = "/billing/7";
const IN_FORCE_WITHIN_MS = 20_000;

/** `/orders/` by scope, `/billing/` by audience, all else open: as an APIRule, instead of Istio's own checks. */
export async function checkByTollgate(cluster: Cluster): Promise<void> {
  const { issuer } = cluster;
  const authentications = [{ issuer: issuer.url, jwksUri: issuer.jwksUri }];
  const billing = { authentications, authorizations: [{ audiences: [AUDIENCE] }] };
  const rules = [
    jwtRule(`${PROTECTED_PATH}/{**}`, issuer, ["read"]),
    { path: "/billing/{**}", methods: ["GET"], jwt: billing },
    openRule("/{**}"),
  ];
  await cluster.apply(apiRule({ name: NAME, rules }));
  await cluster.controlPlane.kubectl("wait", "apirule", NAME, "--for=condition=Enforced", "--timeout=20s");
  await expectStatus(cluster, [HOST, ORDER], 401, IN_FORCE_WITHIN_MS);
}

/** The same, by RequestAuthentication and AuthorizationPolicy instead of the APIRule. */
export async function checkByIstio(cluster: Cluster): Promise<void> {
  const { issuer } = cluster;
  await cluster.remove(NAME);
  await eventually(async () => expect(await cluster.list("wasmplugin")).toEqual([]), IN_FORCE_WITHIN_MS);
  const protectedPrefixes = [
    { prefix: `${PROTECTED_PATH}/`, scope: "read" },
    { prefix: "/billing/", audience: AUDIENCE },
  ];
  const demands = { host: HOST, issuer, protectedPrefixes, openElsewhere: true };
  await cluster.apply(...istioAuthorization(demands));
  const token = await issuer.token({ scope: "read" });
  await expectStatus(cluster, [HOST, ORDER], 403, IN_FORCE_WITHIN_MS);
  await expectStatus(cluster, [HOST, ORDER, token], 200, IN_FORCE_WITHIN_MS);
}

/** Requests with and without tokens, good and bad. */
export async function credentialRequests({ issuer }: Cluster): Promise<ComparedRequest[]> {
  const bearer = (claims: Record<string, unknown>, expiresIn = 3600) =>
    `Bearer ${signToken(issuer, { claims, expiresIn })}`;
  const good = bearer({ scope: "read" });
  const withPort = { host: `${HOST}:443` };
  return [
    request("no token"),
    request("a good token", { authorization: [good] }),
    request("`bearer` in lower case", { authorization: [good.replace("Bearer", "bearer")] }),
    request("an expired token", { authorization: [bearer({ scope: "read" }, -120)] }),
    request("a changed token", { authorization: [`Bearer ${await forge("changedClaims", issuer, issuer)}`] }),
    request("a token without the scope", { authorization: [bearer({ scope: "write" })] }),
    request('`"scp": "read write"`', { authorization: [bearer({ scp: "read write" })] }),
    request("a token without `sub`", { authorization: [bearer({ scope: "read", sub: null })] }),
    request("a good and a bad `Authorization` line", { authorization: [good, "Bearer bad"] }),
    request("a good token, the host with a port", { ...withPort, authorization: [good] }),
    request("a token for the audience", { path: BILL, authorization: [bearer({ aud: [AUDIENCE] })] }),
    request("a token for another audience", {
      path: BILL,
      authorization: [bearer({ aud: ["https://other.test"] })],
    }),
    request("open path, an expired token", { path: "/open", authorization: [bearer({}, -120)] }),
    request("open path, the host with a port", { path: "/open", ...withPort }),
  ];
}

/** Requests without token for a protected path that is spelt in another way. */
export function spellingRequests(): ComparedRequest[] {
  const spellings = ["//orders/7", "/%2Forders/7", "/orders%2F7", "/x%2F..%2Forders/7", "/orders;v=1/7"];
  return spellings.map((path) => request(`\`${path}\``, { path }));
}

function request(
  title: string,
  given: { path?: string; host?: string; authorization?: string[] } = {},
): ComparedRequest {
  const { path = ORDER, host = HOST, authorization = [] } = given;
  const lines = authorization.map((value): HeaderLine => ["authorization", value]);
  return { title, request: { method: "GET", path, headers: [["host", host], ...lines] } };
}

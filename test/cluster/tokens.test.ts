/** What tokens leave behind: nothing in logs, and a bounded number of requests at the issuer. */
import { randomBytes } from "node:crypto";
import { readFile } from "node:fs/promises";
import { afterAll, expect, test } from "vitest";
import { INTROSPECTION_CLIENT } from "../../tools/demo/issuer.ts";
import { expectRefusal } from "../conformance/answer.ts";
import { apiRule, jwtRule } from "../support/apirule.ts";
import { eventually } from "../support/eventually.ts";
import { introspectionRule, loginSecret } from "../support/introspection-rule.ts";
import { type JwksProxy, startJwksProxy } from "../support/jwks-proxy.ts";
import { signToken } from "../support/sign.ts";
import { describeWithControlPlane } from "./environment/suite.ts";
import { expectStatus, useCluster } from "./support/cluster.ts";
import { type Replica, startReplica } from "./support/replica.ts";

const IN_FORCE_WITHIN_MS = 20_000;
const ACCESS_LOG_IS_FLUSHED_WITHIN_MS = 20_000;
const FLOOD_MS = 5_000;
/** Shortest time between two fetches that are asked for. */
const INTERVAL_MS = 1_000;

describeWithControlPlane("tokens", () => {
  let replica: Replica;
  let keys: JwksProxy;
  const cluster = useCluster(async ({ controlPlane, issuer }) => {
    keys = await startJwksProxy(issuer.jwksUri);
    const { relay } = controlPlane.ports;
    replica = await startReplica(controlPlane, { relayPort: relay, arguments: ["--log-level=debug"] });
  });
  afterAll(() => keys?.close());

  test("of the query are in no log, whatever becomes of them", async () => {
    const { issuer, controlPlane } = cluster;
    const fromParams = ["access_token"];
    const authentications = [{ issuer: issuer.url, jwksUri: issuer.jwksUri, fromParams }];
    const jwt = { authentications, authorizations: [{ requiredScopes: ["read"] }] };
    const rules = [
      { path: "/jwt", methods: ["GET"], jwt },
      { path: "/shadow", methods: ["GET"], jwt, mode: "shadow" },
      introspectionRule("/opaque", issuer.introspectionEndpoint, { fromParams }),
    ];
    await cluster.apply(loginSecret(INTROSPECTION_CLIENT), apiRule({ name: "query", rules }));
    await expectStatus(cluster, ["query.local.test", "/jwt"], 401, IN_FORCE_WITHIN_MS);
    await fetch(`${controlPlane.gateway.adminUrl}/logging?wasm=trace`, { method: "POST" });

    const [good, lacking] = [await issuer.token({ scope: "read" }), await issuer.token({ scope: "write" })];
    const unknownKey = signToken(issuer, { header: { kid: "unknown" } });
    const opaque = await issuer.token({ opaque: true });
    const wrong = randomBytes(16).toString("hex");
    const sent: [path: string, token: string, status: number][] = [
      ["/jwt?n=1", good, 200],
      ["/jwt?n=2", lacking, 403],
      ["/jwt?n=3", unknownKey, 401],
      ["/jwt?n=4", wrong, 401],
      ["/jwt?n=5", `${good}&access_token=${lacking}`, 400],
      ["/shadow?n=6", lacking, 200],
      ["/opaque?n=7", opaque, 200],
      ["/opaque?n=8", wrong, 401],
    ];
    for (const [path, token, status] of sent) {
      const response = await cluster.get("query.local.test", `${path}&access_token=${token}`);
      expect(response.status, path).toBe(status);
    }

    const gatewayLog = () => readFile(controlPlane.parts.gateway.logFile, "utf8");
    await eventually(async () => {
      const log = await gatewayLog();
      for (const [path, , status] of sent) expect(log).toContain(`"GET ${path} HTTP/1.1" ${status} `);
    }, ACCESS_LOG_IS_FLUSHED_WITHIN_MS);
    const everything = [await gatewayLog(), replica.log()].join("\n");
    expect(everything).toContain("tollgate_denied{scope_missing}");
    for (const token of [good, lacking, unknownKey, opaque, wrong]) {
      const [ending] = token.split(".").slice(-1);
      expect(everything).not.toContain(ending);
    }
  });

  test("with unknown key ids cause at most one fetch in each interval", async () => {
    const { issuer } = cluster;
    await cluster.apply(
      apiRule({ name: "flooded", rules: [jwtRule("/", { url: issuer.url, jwksUri: keys.url })] }),
    );
    await expectStatus(cluster, ["flooded.local.test", "/"], 401, IN_FORCE_WITHIN_MS);
    const [before, endsAt] = [keys.requests.length, performance.now() + FLOOD_MS];
    let sent = 0;
    for (; performance.now() < endsAt; sent++) {
      const token = signToken(issuer, { header: { kid: randomBytes(8).toString("hex") } });
      expectRefusal(await cluster.get("flooded.local.test", "/", token), "key_not_found");
    }

    const fetches = keys.requests.slice(before);
    console.info(`${sent} unknown key ids, ${fetches.length} fetches in ${FLOOD_MS} ms`);
    expect(sent).toBeGreaterThan(50);
    expect(fetches.length).toBeGreaterThan(0);
    const gaps = fetches.slice(1).map((time, index) => time - (fetches[index] ?? 0));
    expect(Math.min(INTERVAL_MS, ...gaps)).toBeGreaterThan(INTERVAL_MS * 0.9);
  });
});

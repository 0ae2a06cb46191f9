/** The samples for a cluster come into force as they are, once their issuer is one that there is. */
import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, test } from "vitest";
import { parseAllDocuments } from "yaml";
import type { KubernetesObject } from "../../controller/api/resources.ts";
import { packageRoot } from "../../controller/standalone/installation.ts";
import { oauth2ProxyAt } from "../support/oauth2-proxy/scene.ts";
import { startSample } from "./environment/sample.ts";
import { describeWithControlPlane } from "./environment/suite.ts";
import { expectState, expectStatus, useCluster } from "./support/cluster.ts";
import { addAuthorizers } from "./support/mesh.ts";
import { startReplica } from "./support/replica.ts";

const IN_FORCE_WITHIN_MS = 10_000;
const FOLDER = join(packageRoot(), "deploy", "samples", "cluster");
const ISSUER = "https://issuer.example.com";
/** Where oauth2-proxy would be; test/cluster/oauth2-proxy.test.ts shows a login. */
const NOBODY_LISTENS = 9;
const FILES = await readdir(FOLDER);

/** What a sample lets a caller do. */
interface Expectation {
  request: [host: string, path: string];
  /** What is asked of the issuer for the token that is sent with the second request. */
  token?: { scope?: string; opaque?: boolean };
  statuses: [withoutToken: number, withToken: number];
}

const EXPECTATIONS: Readonly<Record<string, Expectation>> = {
  "cors.yaml": { request: ["accounts.local.test", "/accounts/7"], statuses: [401, 200] },
  "dashboard-login.yaml": { request: ["dashboard.local.test", "/"], statuses: [503, 503] },
  "introspection.yaml": {
    request: ["tickets.local.test", "/tickets"],
    token: { scope: "read", opaque: true },
    statuses: [401, 200],
  },
  "jwt-discovery.yaml": { request: ["profile.local.test", "/me"], statuses: [401, 200] },
  "jwt-scopes.yaml": {
    request: ["orders.local.test", "/orders/7"],
    token: { scope: "read" },
    statuses: [401, 200],
  },
  "no-auth.yaml": { request: ["shop.local.test", "/books"], statuses: [200, 200] },
};

describeWithControlPlane("samples", () => {
  const cluster = useCluster(async () => {
    const { controlPlane } = cluster;
    await startSample(controlPlane);
    await addAuthorizers(cluster, oauth2ProxyAt(NOBODY_LISTENS));
    await startReplica(controlPlane, { relayPort: controlPlane.ports.relay });
  });

  test("each one says here what it is to bring about", () => {
    expect(FILES.sort()).toEqual(Object.keys(EXPECTATIONS));
  });

  test.each(FILES)("%s is accepted strictly, and comes into force", async (file) => {
    const { kubectl } = cluster.controlPlane;
    await kubectl(
      "apply",
      "--validate=strict",
      "--warnings-as-errors",
      "--dry-run=server",
      "-f",
      join(FOLDER, file),
    );
    const text = (await readFile(join(FOLDER, file), "utf8")).replaceAll(ISSUER, cluster.issuer.url);
    await kubectl.apply(text);
    await expectState(cluster, apiRuleIn(text), "Ready", IN_FORCE_WITHIN_MS);
    const { request, token: wanted, statuses } = EXPECTATIONS[file] as Expectation;
    const token = await cluster.issuer.token(wanted);
    await expectStatus(cluster, request, statuses[0], IN_FORCE_WITHIN_MS);
    await expectStatus(cluster, [...request, token], statuses[1], IN_FORCE_WITHIN_MS);
  });
});

function apiRuleIn(text: string): string {
  const objects = parseAllDocuments(text).map((document) => document.toJS() as KubernetesObject);
  return objects.find(({ kind }) => kind === "APIRule")?.metadata.name ?? "";
}

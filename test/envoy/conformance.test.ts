/** Every conformance case against `tollgate standalone` and its Envoy. */
import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { startUpstream, type Upstream } from "../../tools/demo/upstream.ts";
import { parseEcho } from "../conformance/answer.ts";
import { loadCases } from "../conformance/case.ts";
import { mayBeReadAs } from "../conformance/lax-path.ts";
import { runRow } from "../conformance/run-row.ts";
import { type StandaloneGateway, startStandaloneGateway } from "../support/standalone-gateway.ts";
import { startIssuers } from "../support/tokens.ts";

const issuers = await startIssuers();
const cases = loadCases({
  "main.issuer": issuers.main.url,
  "main.jwksUri": issuers.main.jwksUri,
  "second.issuer": issuers.second.url,
  "second.jwksUri": issuers.second.jwksUri,
  "nowhere.issuer": "http://127.0.0.1:9",
  "nowhere.jwksUri": "http://127.0.0.1:9/jwks",
});
let upstream: Upstream;
let gateway: StandaloneGateway;

beforeAll(async () => {
  upstream = await startUpstream();
  gateway = await startStandaloneGateway(
    cases.flatMap(({ manifests }) => manifests),
    upstream.port,
  );
});
afterAll(async () => {
  await gateway?.stop();
  await upstream?.close();
  await Promise.all(Object.values(issuers).map((issuer) => issuer.close()));
});

for (const theCase of cases) {
  describe(`${theCase.name}: ${theCase.description}`, () => {
    for (const row of theCase.rows) test(row.name, () => runRow(gateway, theCase, row, issuers));
  });
}

test.each(["/secret", "//secret/x", "/%73ecret;v=1", "/open%2F..\\secret/x", "/a/..;/secret%00.html?x"])(
  "a lax workload reads %s as the protected path",
  (path) => expect(mayBeReadAs(path, "/secret")).toBe(true),
);

test("no spelling of a protected path passes the open rule beside it", async () => {
  const pieces = [
    "/",
    "//",
    "%2F",
    "%5c",
    "\\",
    ".",
    "..",
    "%2e",
    ";",
    ";x=1",
    "%3B",
    "%00",
    "#",
    "?",
    "open",
    "secret",
  ];
  const spelling = fc.array(fc.constantFrom(...pieces, "%73ecret", "/secret/x"), {
    minLength: 1,
    maxLength: 7,
  });
  await fc.assert(
    fc.asyncProperty(spelling, async (parts) => {
      const path = `/${parts.join("")}`;
      const response = await gateway.send({ method: "GET", path, headers: [["host", "paths.local.test"]] });
      const echo = parseEcho(response);
      expect(
        echo !== undefined && mayBeReadAs(echo.path, "/secret"),
        `${path} came through as ${echo?.path}`,
      ).toBe(false);
      expect(response.status).toBeLessThan(500);
    }),
    { numRuns: 500 },
  );
});

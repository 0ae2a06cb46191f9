/** Every conformance case against `tollgate standalone` and its Envoy. */
import { afterAll, beforeAll, expect, test } from "vitest";
import { startUpstream, type Upstream } from "../../tools/demo/upstream.ts";
import { GENERATED_MANIFESTS, testGeneratedRules } from "../conformance/generated-rules.ts";
import { mayBeReadAs } from "../conformance/lax-path.ts";
import { casesFor, testCases, testSpellings } from "../conformance/suite.ts";
import { type RunningAuthorizers, startAuthorizers } from "../support/authorizer.ts";
import {
  loopbackService,
  type StandaloneGateway,
  startStandaloneGateway,
} from "../support/standalone-gateway.ts";
import { startIssuers } from "../support/tokens.ts";

const SPELLINGS = 500;

const issuers = await startIssuers();
const cases = casesFor(issuers);
let upstream: Upstream;
let elsewhere: Upstream;
let gateway: StandaloneGateway;
let authorizers: RunningAuthorizers;

beforeAll(async () => {
  upstream = await startUpstream({ name: "default/echo" });
  elsewhere = await startUpstream({ name: "elsewhere/echo" });
  authorizers = await startAuthorizers();
  gateway = await startStandaloneGateway(
    [
      loopbackService("echo", elsewhere.port, "elsewhere"),
      ...cases.flatMap(({ manifests }) => manifests),
      ...GENERATED_MANIFESTS,
    ],
    upstream.port,
    authorizers,
  );
});
afterAll(async () => {
  await gateway?.stop();
  await authorizers?.close();
  await upstream?.close();
  await elsewhere?.close();
  await Promise.all(Object.values(issuers).map((issuer) => issuer.close()));
});

testCases(cases, issuers, () => gateway);
testSpellings(() => gateway, SPELLINGS);
testGeneratedRules(() => gateway);

test.each(["/secret", "//secret/x", "/%73ecret;v=1", "/open%2F..\\secret/x", "/a/..;/secret%00.html?x"])(
  "a lax workload reads %s as the protected path",
  (path) => expect(mayBeReadAs(path, "/secret")).toBe(true),
);

/** Every conformance case through a real API server, the controller, istiod, Istio's agent and Envoy. */
import { afterAll, beforeAll, describe } from "vitest";
import { casesFor, testCases, testSpellings } from "../conformance/suite.ts";
import { type RunningAuthorizers, startAuthorizers } from "../support/authorizer.ts";
import { startIssuers } from "../support/tokens.ts";
import { describeWithControlPlane } from "./environment/suite.ts";
import { type ClusterGateway, startClusterGateway } from "./support/cluster-gateway.ts";

const START_TIMEOUT_MS = 120_000;
const SPELLINGS = 500;

const issuers = await startIssuers();
const cases = casesFor(issuers);

describeWithControlPlane("the conformance cases in a cluster", () => {
  let gateway: ClusterGateway;
  let authorizers: RunningAuthorizers;

  beforeAll(async () => {
    authorizers = await startAuthorizers();
    gateway = await startClusterGateway(
      cases.flatMap(({ manifests }) => manifests),
      authorizers,
    );
  }, START_TIMEOUT_MS);
  afterAll(async () => {
    await gateway?.stop();
    await authorizers?.close();
    await Promise.all(Object.values(issuers).map((issuer) => issuer.close()));
  });

  testCases(cases, issuers, () => gateway);
  testSpellings(() => gateway, SPELLINGS);

  const guarding = cases.filter((theCase) => theCase.protected !== undefined);
  describe.each(["NONE", "MERGE_SLASHES", "DECODE_AND_MERGE_SLASHES"] as const)(
    "with paths normalised as %s",
    (normalization) => {
      beforeAll(() => gateway.normalizePaths(normalization));
      testCases(guarding, issuers, () => gateway);
      testSpellings(() => gateway, SPELLINGS);
    },
  );
});

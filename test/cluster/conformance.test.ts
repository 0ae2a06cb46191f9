/** Every conformance case through a real API server, the controller, istiod, Istio's agent and Envoy. */
import { afterAll, beforeAll, describe } from "vitest";
import { startUpstream, type Upstream } from "../../tools/demo/upstream.ts";
import { GENERATED_MANIFESTS, testGeneratedRules } from "../conformance/generated-rules.ts";
import { casesFor, testCases, testSpellings } from "../conformance/suite.ts";
import { type RunningAuthorizers, startAuthorizers } from "../support/authorizer.ts";
import { startIssuers } from "../support/tokens.ts";
import { loopbackService } from "./environment/objects.ts";
import { describeWithControlPlane } from "./environment/suite.ts";
import { type ClusterGateway, startClusterGateway } from "./support/cluster-gateway.ts";

const START_TIMEOUT_MS = 120_000;
const SPELLINGS = 500;

const issuers = await startIssuers();
const cases = casesFor(issuers);

describeWithControlPlane("the conformance cases in a cluster", () => {
  let gateway: ClusterGateway;
  let authorizers: RunningAuthorizers;
  let elsewhere: Upstream;

  beforeAll(async () => {
    authorizers = await startAuthorizers();
    elsewhere = await startUpstream({ name: "elsewhere/echo" });
    gateway = await startClusterGateway(
      [
        { apiVersion: "v1", kind: "Namespace", metadata: { name: "elsewhere" } },
        ...loopbackService({ name: "echo", namespace: "elsewhere", port: 80, targetPort: elsewhere.port }),
        ...cases.flatMap(({ manifests }) => manifests),
        ...GENERATED_MANIFESTS,
      ],
      authorizers,
    );
  }, START_TIMEOUT_MS);
  afterAll(async () => {
    await gateway?.stop();
    await authorizers?.close();
    await elsewhere?.close();
    await Promise.all(Object.values(issuers).map((issuer) => issuer.close()));
  });

  testCases(cases, issuers, () => gateway);
  testSpellings(() => gateway, SPELLINGS);
  testGeneratedRules(() => gateway);

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

/** External authorization by a real oauth2-proxy through istiod and the ingress gateway. */
import { afterAll, beforeAll } from "vitest";
import { findFreePort } from "../../tools/demo/loopback.ts";
import { testLogin } from "../support/oauth2-proxy/login.ts";
import { describeWithOauth2Proxy } from "../support/oauth2-proxy/program.ts";
import { type LoginScene, oauth2ProxyAt, startLoginScene } from "../support/oauth2-proxy/scene.ts";
import { sampleObjects } from "../support/samples.ts";
import { loopbackService } from "./environment/objects.ts";
import { describeWithControlPlane } from "./environment/suite.ts";
import { type Cluster, expectState, startCluster } from "./support/cluster.ts";
import { addAuthorizers } from "./support/mesh.ts";
import { startReplica } from "./support/replica.ts";

const START_TIMEOUT_MS = 120_000;
const IN_FORCE_WITHIN_MS = 20_000;

describeWithControlPlane("oauth2-proxy in a cluster", () => {
  describeWithOauth2Proxy("a dashboard", () => {
    let cluster: Cluster;
    let scene: LoginScene;

    beforeAll(async () => {
      cluster = await startCluster();
      const { controlPlane } = cluster;
      const proxyPort = await findFreePort();
      await addAuthorizers(cluster, oauth2ProxyAt(proxyPort));
      await startReplica(controlPlane, { port: controlPlane.ports.controller });
      await cluster.apply(
        ...loopbackService({ name: "sample", port: 8000, targetPort: cluster.upstream.port }),
        ...sampleObjects("cluster/dashboard-login.yaml"),
      );
      await expectState(cluster, "dashboard", "Ready", IN_FORCE_WITHIN_MS);
      scene = await startLoginScene(controlPlane.gateway.url, proxyPort);
    }, START_TIMEOUT_MS);
    afterAll(async () => {
      await scene?.stop();
      await cluster?.stop();
    });

    testLogin(() => scene);
  });
});

/** External authorization by a real oauth2-proxy through istiod and the ingress gateway. */
import { afterAll } from "vitest";
import { findFreePort } from "../../tools/demo/loopback.ts";
import { testLogin } from "../support/oauth2-proxy/login.ts";
import { describeWithOauth2Proxy } from "../support/oauth2-proxy/program.ts";
import { type LoginScene, oauth2ProxyAt, startLoginScene } from "../support/oauth2-proxy/scene.ts";
import { sampleObjects } from "../support/samples.ts";
import { loopbackService } from "./environment/objects.ts";
import { describeWithControlPlane } from "./environment/suite.ts";
import { expectState, useCluster } from "./support/cluster.ts";
import { addAuthorizers } from "./support/mesh.ts";
import { startReplica } from "./support/replica.ts";

const IN_FORCE_WITHIN_MS = 20_000;

describeWithControlPlane("oauth2-proxy in a cluster", () => {
  describeWithOauth2Proxy("a dashboard", () => {
    let scene: LoginScene;
    const cluster = useCluster(async ({ controlPlane, upstream }) => {
      const proxyPort = await findFreePort();
      await addAuthorizers(cluster, oauth2ProxyAt(proxyPort));
      await startReplica(controlPlane);
      await cluster.apply(
        ...loopbackService({ name: "sample", port: 8000, targetPort: upstream.port }),
        ...sampleObjects("cluster/dashboard-login.yaml"),
      );
      await expectState(cluster, "dashboard", "Ready", IN_FORCE_WITHIN_MS);
      scene = await startLoginScene(controlPlane.gateway.url, proxyPort);
    });
    afterAll(() => scene?.stop());

    testLogin(() => scene);
  });
});

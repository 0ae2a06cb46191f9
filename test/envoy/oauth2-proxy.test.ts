/** External authorization by a real oauth2-proxy with a real OpenID provider, and a browser that logs in. */
import { afterAll, beforeAll } from "vitest";
import { findFreePort } from "../../tools/demo/loopback.ts";
import { startUpstream, type Upstream } from "../../tools/demo/upstream.ts";
import { testLogin } from "../support/oauth2-proxy/login.ts";
import { describeWithOauth2Proxy } from "../support/oauth2-proxy/program.ts";
import { type LoginScene, startLoginScene } from "../support/oauth2-proxy/scene.ts";
import { sampleObjects } from "../support/samples.ts";
import { type StandaloneGateway, startStandaloneGateway } from "../support/standalone-gateway.ts";

describeWithOauth2Proxy("a dashboard behind oauth2-proxy", () => {
  let upstream: Upstream;
  let gateway: StandaloneGateway;
  let scene: LoginScene;

  beforeAll(async () => {
    upstream = await startUpstream();
    const proxyPort = await findFreePort();
    gateway = await startStandaloneGateway(sampleWithProxyAt(proxyPort), upstream.port);
    scene = await startLoginScene(gateway.url, proxyPort);
  });
  afterAll(async () => {
    await scene?.stop();
    await gateway?.stop();
    await upstream?.close();
  });

  testLogin(() => scene);
});

function sampleWithProxyAt(port: number): object[] {
  const text = JSON.stringify(sampleObjects("standalone/dashboard-login.yaml"));
  return JSON.parse(text.replace('"targetPort":4180', `"targetPort":${port}`)) as object[];
}

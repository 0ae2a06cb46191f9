/** External authorization by a real oauth2-proxy with a real OpenID provider, and a browser that logs in. */
import { afterAll, beforeAll } from "vitest";
import { findFreePort } from "../../tools/demo/loopback.ts";
import { startUpstream, type Upstream } from "../../tools/demo/upstream.ts";
import { dashboard, testLogin } from "../support/oauth2-proxy/login.ts";
import { describeWithOauth2Proxy } from "../support/oauth2-proxy/program.ts";
import { type LoginScene, oauth2ProxyAt, startLoginScene } from "../support/oauth2-proxy/scene.ts";
import { type StandaloneGateway, startStandaloneGateway } from "../support/standalone-gateway.ts";

describeWithOauth2Proxy("a dashboard behind oauth2-proxy", () => {
  let upstream: Upstream;
  let gateway: StandaloneGateway;
  let scene: LoginScene;

  beforeAll(async () => {
    upstream = await startUpstream();
    const proxyPort = await findFreePort();
    gateway = await startStandaloneGateway([dashboard()], upstream.port, oauth2ProxyAt(proxyPort));
    scene = await startLoginScene(gateway.url, proxyPort);
  });
  afterAll(async () => {
    await scene?.stop();
    await gateway?.stop();
    await upstream?.close();
  });

  testLogin(() => scene);
});

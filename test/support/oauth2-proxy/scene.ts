/** Everything around a gateway that people log in at. */
import type { Browser } from "playwright-core";
import { startIssuer } from "../../../tools/demo/issuer.ts";
import type { Authorizers } from "../authorizer.ts";
import { type HeaderLine, openClient, type RawResponse } from "../client.ts";
import { startBrowser } from "./browser.ts";
import { DASHBOARD_HOST } from "./login.ts";
import { startLoginIssuer } from "./login-issuer.ts";
import { OAUTH2_PROXY_PROVIDER, type Oauth2Proxy, startOauth2Proxy } from "./process.ts";

/** What the tests work with. */
export interface LoginScene {
  browser: Browser;
  /** URL of the gateway with the name of the dashboard. */
  url: string;
  proxy: Oauth2Proxy;
  get(path: string, headers?: HeaderLine[]): Promise<RawResponse>;
  /** A token that oauth2-proxy accepts beside a login. */
  token(): Promise<string>;
  stop(): Promise<void>;
}

const AUDIENCE = "https://dashboard.local.test";

/** oauth2-proxy as a gateway knows it. */
export function oauth2ProxyAt(port: number): Authorizers {
  return { services: [{ name: "oauth2-proxy", port }], extensionProviders: [OAUTH2_PROXY_PROVIDER] };
}

/** Starts both issuers, oauth2-proxy on that port, and a browser. */
export async function startLoginScene(gatewayUrl: string, proxyPort: number): Promise<LoginScene> {
  const { port } = new URL(gatewayUrl);
  const authority = `${DASHBOARD_HOST}:${port}`;
  const redirectUrl = `http://${authority}/oauth2/callback`;
  const [issuer, bearerIssuer] = await Promise.all([startLoginIssuer(redirectUrl), startIssuer()]);
  const bearer = { issuer: bearerIssuer.url, audience: AUDIENCE };
  const proxy = await startOauth2Proxy({ port: proxyPort, issuer, redirectUrl, bearer });
  const browser = await startBrowser();
  const client = openClient(gatewayUrl);
  return {
    ...{ browser, proxy, url: `http://${authority}` },
    get: (path, headers = []) =>
      client.send({ method: "GET", path, headers: [["host", authority], ...headers] }),
    token: () => bearerIssuer.token({ audience: AUDIENCE }),
    async stop() {
      client.close();
      await browser.close();
      await proxy.stop();
      await Promise.all([issuer.close(), bearerIssuer.close()]);
    },
  };
}

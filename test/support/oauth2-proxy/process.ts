/** A running oauth2-proxy in front of nothing: it answers 200 to whoever is logged in. */
import { spawn } from "node:child_process";
import { randomBytes } from "node:crypto";
import { once } from "node:events";
import { expect } from "vitest";
import { eventually } from "../eventually.ts";
import type { LoginIssuer } from "./login-issuer.ts";
import { ensureOauth2Proxy } from "./program.ts";

export interface Oauth2ProxyOptions {
  port: number;
  issuer: LoginIssuer;
  /** Where people come back to after they have logged in. */
  redirectUrl: string;
  /** Whose bearer tokens are accepted beside a login. */
  bearer: { issuer: string; audience: string };
}

export interface Oauth2Proxy {
  stop(): Promise<void>;
}

const READY_WITHIN_MS = 20_000;

/** Name of the extension provider, and the settings that docs/external-authorization.md gives. */
export const OAUTH2_PROXY_PROVIDER = {
  name: "oauth2-proxy",
  envoyExtAuthzHttp: {
    service: "oauth2-proxy.default.svc.cluster.local",
    port: 80,
    timeout: "5s",
    statusOnError: "503",
    includeRequestHeadersInCheck: ["authorization", "cookie"],
    headersToUpstreamOnAllow: ["x-auth-request-user", "x-auth-request-email"],
    headersToDownstreamOnAllow: ["set-cookie"],
    headersToDownstreamOnDeny: ["content-type", "location", "set-cookie"],
  },
};

/** Starts it, and waits until it answers. */
export async function startOauth2Proxy(options: Oauth2ProxyOptions): Promise<Oauth2Proxy> {
  const { port, issuer, redirectUrl, bearer } = options;
  const address = `127.0.0.1:${port}`;
  const process = spawn(
    await ensureOauth2Proxy(),
    [
      ...["--provider=oidc", `--oidc-issuer-url=${issuer.url}`, "--scope=openid email"],
      ...[`--client-id=${issuer.client.id}`, `--client-secret=${issuer.client.secret}`],
      ...[`--redirect-url=${redirectUrl}`, `--http-address=${address}`, "--code-challenge-method=S256"],
      ...["--upstream=static://200", "--email-domain=*"],
      ...["--reverse-proxy", "--trusted-proxy-ip=127.0.0.1", "--skip-provider-button", "--set-xauthrequest"],
      ...["--skip-jwt-bearer-tokens", "--bearer-token-login-fallback=false"],
      `--extra-jwt-issuers=${bearer.issuer}=${bearer.audience}`,
      ...["--cookie-secure=false", `--cookie-secret=${randomBytes(16).toString("hex")}`],
    ],
    { stdio: ["ignore", "pipe", "pipe"] },
  );
  let log = "";
  for (const stream of [process.stdout, process.stderr]) stream.on("data", (text) => (log += text));
  const exited = once(process, "exit");
  await eventually(async () => {
    expect(process.exitCode, log).toBeNull();
    const answer = await fetch(`http://${address}/ping`).catch(() => undefined);
    expect(answer?.status, log).toBe(200);
  }, READY_WITHIN_MS);
  return {
    async stop() {
      if (process.exitCode !== null) return;
      process.kill();
      await exited;
    },
  };
}

/** The demo: two issuers, an upstream and the gateway that serves the samples. */
import { fetchExampleTokens, type TokenName } from "./examples.ts";
import { startIssuer } from "./issuer.ts";
import type { DemoPorts } from "./ports.ts";
import { startStandalone } from "./standalone.ts";
import { startUpstream } from "./upstream.ts";

/** A running demo. */
export interface Demo {
  addresses: { gateway: string; admin: string; issuer: string; partner: string; upstream: string };
  tokens: Record<TokenName, string>;
  /** Resolves when the gateway has ended by itself. */
  gatewayEnded: Promise<{ reason: string }>;
  stop(): Promise<void>;
}

/**
 * Starts every part. When one cannot start, those before it are stopped.
 * @throws Error that says which part and why
 */
export async function startDemo(ports: DemoPorts, configFolder: string): Promise<Demo> {
  const running: (() => Promise<void>)[] = [];
  const stop = async () => {
    for (const stopPart of running.reverse()) await stopPart();
  };
  const keep = <Part extends { close(): Promise<void> }>(part: Part): Part => {
    running.push(() => part.close());
    return part;
  };
  try {
    const issuer = keep(await startIssuer({ port: ports.issuer }));
    const partner = keep(await startIssuer({ port: ports.partner }));
    const upstream = keep(await startUpstream({ port: ports.upstream }));
    const gateway = await startStandalone({
      configFolder,
      port: ports.gateway,
      adminPort: ports.admin,
      onLog: (line) => process.stderr.write(`${line}\n`),
    });
    running.push(() => gateway.stop());
    return {
      addresses: {
        gateway: gateway.url,
        admin: gateway.adminUrl,
        issuer: issuer.url,
        partner: partner.url,
        upstream: `http://127.0.0.1:${upstream.port}`,
      },
      tokens: await fetchExampleTokens(issuer, partner),
      gatewayEnded: gateway.ended,
      stop,
    };
  } catch (error) {
    await stop();
    throw error;
  }
}

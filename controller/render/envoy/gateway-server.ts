/** What one server of a Gateway asks for. */
import { isIP } from "node:net";
import type { GatewayServer } from "../../api/resources.ts";

/** What keeps a server from being served: the field below the server, and what to do about it. */
export interface ServerProblem {
  field: string;
  message: string;
}

/** Whether the server speaks HTTP without TLS. */
export function isPlain(server: GatewayServer): boolean {
  return protocolOf(server) === "HTTP";
}

/** The host of an entry of a server's `hosts`, in lower case and without its namespace part. */
export function dnsName(serverHost: string): string {
  return serverHost.slice(serverHost.indexOf("/") + 1).toLowerCase();
}

/** Whether an entry of the `hosts` of a server serves a whole host to APIRules of a namespace. */
export function servesHost(
  serverHost: string,
  gatewayNamespace: string,
  host: string,
  namespace: string,
): boolean {
  const admitted = serverHost.includes("/") ? serverHost.slice(0, serverHost.indexOf("/")) : "*";
  if (admitted !== "*" && (admitted === "." ? gatewayNamespace : admitted) !== namespace) return false;
  const name = dnsName(serverHost);
  return name === "*" || name === host || (name.startsWith("*.") && host.endsWith(name.slice(1)));
}

/** What this server asks for that a standalone Envoy is not rendered for. */
export function serverProblems(server: GatewayServer): ServerProblem[] {
  const problems: ServerProblem[] = [];
  const protocol = protocolOf(server);
  if (protocol !== "HTTP" && protocol !== "HTTPS") {
    problems.push({ field: "port.protocol", message: `${protocol} is not served; use HTTP or HTTPS` });
  }
  if (server.bind !== undefined && isIP(server.bind) === 0) {
    problems.push({ field: "bind", message: "must be an IP address; remove it to listen on 127.0.0.1" });
  }
  return protocol === "HTTPS" ? [...problems, ...tlsProblems(server)] : problems;
}

function tlsProblems({ tls }: GatewayServer): ServerProblem[] {
  if (tls === undefined) {
    return [{ field: "tls", message: "an HTTPS server needs `mode: SIMPLE` and `credentialName`" }];
  }
  const problems: ServerProblem[] = [];
  if (tls.httpsRedirect === true) {
    problems.push({
      field: "tls.httpsRedirect",
      message: "only an HTTP server can redirect; remove it here",
    });
  }
  if (tls.mode !== "SIMPLE") {
    problems.push({ field: "tls.mode", message: `${tls.mode ?? "no mode"} is not served; use SIMPLE` });
  }
  if (tls.credentialName === undefined) {
    problems.push({ field: "tls.credentialName", message: "must name a Secret of type kubernetes.io/tls" });
  }
  return problems;
}

function protocolOf(server: GatewayServer): string {
  return server.port.protocol.toUpperCase();
}

/** Tells of wildcard hosts beside specific ones: the router picks the narrower, whoever has it. */
import type { Findings } from "./findings.ts";
import type { GatewayPods } from "./gateway-pods.ts";
import { wildcardsOver } from "./hosts.ts";

/** Who has a host. */
export interface HostHolder {
  /** Kind and name for a person. */
  label: string;
  /** Gateways as `namespace/name`. */
  gateways: readonly string[];
}

/** Who has which hosts. */
export interface HostDirectory {
  /** Those that have exactly this host, with the Gateways where they have it. */
  holdersOf(host: string, pods: GatewayPods): readonly HostHolder[];
  /** The hosts below a wildcard that somebody has, sorted. */
  below(wildcard: string): readonly string[];
}

/** Field of an APIRule that its host stands in. */
export const HOST_PATH = ".spec.hosts[0]";

const MAX_NAMED = 3;

/** A Gateway, `namespace/name`, among others that the same pods may serve. */
export interface GatewaySite {
  gateway: string;
  pods: GatewayPods;
}

/** Warns of wider and narrower hosts than `host` that others have where the Gateway of an APIRule is served. */
export function noteNeighbours(
  host: string,
  site: GatewaySite,
  directory: HostDirectory,
  findings: Findings,
): void {
  for (const { label, host: wide, at } of neighboursAt(directory, wildcardsOver(host), site)) {
    const message = `${label} serves ${wide} at ${at}; requests for ${host} come to this APIRule alone`;
    findings.warning(HOST_PATH, message);
  }
  const narrower = neighboursAt(directory, directory.below(host), site);
  for (const { label, host: narrow, at } of narrower.slice(0, MAX_NAMED)) {
    const message = `${label} serves ${narrow} at ${at}; its requests do not come to this APIRule, and no rule of it protects them`;
    findings.warning(HOST_PATH, message);
  }
  const rest = narrower.length - MAX_NAMED;
  if (rest > 0) findings.warning(HOST_PATH, `${rest} more host(s) below ${host} are served by others`);
}

/** Those that have any of the hosts where the Gateway is served; `at` says where that is, for a person. */
export function neighboursAt(
  directory: HostDirectory,
  hosts: readonly string[],
  { gateway, pods }: GatewaySite,
): { label: string; host: string; at: string }[] {
  return hosts.flatMap((host) =>
    directory.holdersOf(host, pods).flatMap(({ label, gateways }) => {
      const shared = gateways.includes(gateway)
        ? gateway
        : gateways.find((other) => pods.mayServe(gateway, other));
      if (shared === undefined) return [];
      const at =
        shared === gateway ? "the same Gateway" : `the Gateway ${shared}, which the same pods may serve`;
      return [{ label, host, at }];
    }),
  );
}

/** Tells of wildcard hosts beside specific ones: the router picks the narrower, whoever has it. */
import type { Findings } from "./findings.ts";
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
  /** Those that have exactly this host. */
  holdersOf(host: string): readonly HostHolder[];
  /** The hosts below a wildcard that somebody has, sorted. */
  below(wildcard: string): readonly string[];
}

/** Field of an APIRule that its host stands in. */
export const HOST_PATH = ".spec.hosts[0]";

const MAX_NAMED = 3;

/** Warns of wider and narrower hosts than `host` that others have at the Gateway `gateway`, `namespace/name`. */
export function noteNeighbours(
  host: string,
  gateway: string,
  directory: HostDirectory,
  findings: Findings,
): void {
  for (const { label, host: wide } of holdersAt(directory, wildcardsOver(host), gateway)) {
    const message = `${label} serves ${wide} at the same Gateway; requests for ${host} come to this APIRule alone`;
    findings.warning(HOST_PATH, message);
  }
  const narrower = holdersAt(directory, directory.below(host), gateway);
  for (const { label, host: narrow } of narrower.slice(0, MAX_NAMED)) {
    const message = `${label} serves ${narrow} at the same Gateway; its requests do not come to this APIRule, and no rule of it protects them`;
    findings.warning(HOST_PATH, message);
  }
  const rest = narrower.length - MAX_NAMED;
  if (rest > 0) findings.warning(HOST_PATH, `${rest} more host(s) below ${host} are served by others`);
}

function holdersAt(
  directory: HostDirectory,
  hosts: readonly string[],
  gateway: string,
): { label: string; host: string }[] {
  return hosts.flatMap((host) =>
    directory
      .holdersOf(host)
      .filter(({ gateways }) => gateways.includes(gateway))
      .map(({ label }) => ({ label, host })),
  );
}

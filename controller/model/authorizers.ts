/** Reads `extAuth` of a rule: which external authorizers are asked. */
import { type ExternalAuthorizer, serviceOf } from "./external-authorizer.ts";
import type { Findings } from "./findings.ts";
import type { Mesh } from "./mesh.ts";
import { memberPath } from "./schema-check.ts";
import { existenceProblem, type ServiceIndex } from "./services.ts";

/** Names that istiod takes for providers: DNS labels (RFC 1123). */
const NAME = /^[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?$/;

/**
 * The authorizers of an `extAuth` at `path`, sorted.
 *
 * @param mesh undefined: not known, and then existence is not checked; likewise `services`
 */
export function readAuthorizers(
  names: readonly string[],
  path: string,
  mesh: Mesh | undefined,
  services: ServiceIndex,
  findings: Findings,
): string[] {
  const at = `${path}.externalAuthorizers`;
  if (mesh !== undefined && "problem" in mesh) findings.problem(mesh.isMissing ? path : at, mesh.problem);
  for (const name of names) {
    if (!NAME.test(name)) {
      findings.problem(
        at,
        `${JSON.stringify(name)} is not the name of an authorizer: it must be a lowercase RFC 1123 label`,
      );
    } else if (mesh !== undefined && "authorizers" in mesh) {
      const problem = problemWith(mesh.authorizers.get(name), services);
      if (problem !== undefined) findings.problem(memberPath(at, name), problem);
    }
  }
  return [...new Set(names)].sort();
}

function problemWith(
  authorizer: ExternalAuthorizer | { problem: string } | undefined,
  services: ServiceIndex,
): string | undefined {
  if (authorizer === undefined) return "Authorizer not found in Istio ConfigMap mesh data";
  if ("problem" in authorizer) return authorizer.problem;
  if (authorizer.failOpen === true) return FAILS_OPEN;
  const service = serviceOf(authorizer);
  return service && existenceProblem(service, authorizer.port, services);
}

const FAILS_OPEN =
  "failOpen would let requests pass while the authorizer does not answer; set it to false in the Istio ConfigMap";

/**
 * How the id of the AuthorizationPolicy begins that asks the last of the authorizers: Istio asks them in the order of
 * their names, and each leaves its id in the place of the one before.
 */
export function proofOf(authorizers: readonly string[]): string | undefined {
  const last = authorizers.at(-1);
  return last === undefined ? undefined : `istio-ext-authz-${last}-ns[`;
}

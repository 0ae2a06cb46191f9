/** Reads `introspection` of a rule into the content of a policy. */
import type { RuleIntrospection } from "../api/apirule/introspection.ts";
import type { KubernetesObject } from "../api/resources.ts";
import { readApiRule } from "./api-rule-document.ts";
import type { IntrospectionServer } from "./exposure.ts";
import { Findings } from "./findings.ts";
import { addressProblem, readDemands } from "./jwt.ts";
import { type IntrospectionContent, namedServer } from "./policies.ts";
import { readPlaces } from "./token-places.ts";

const DEFAULT_TIMEOUT_SECONDS = 5;
const DEFAULT_CACHE_SECONDS = 60;

/** Printable ASCII, which a request line takes as it is (RFC 9112, section 3). */
const REQUEST_TARGET = /^[\x21-\x7e]+$/;

/** The content that `introspection` at `path`, of an APIRule of `namespace`, demands. */
export function readIntrospection(
  introspection: RuleIntrospection,
  path: string,
  namespace: string,
  findings: Findings,
): IntrospectionContent {
  const { endpoint, clientCredentials, issuer, timeoutSeconds, maxCacheSeconds } = introspection;
  const reason = endpointProblem(endpoint);
  if (reason !== undefined) findings.problem(`${path}.endpoint`, reason);
  const demands = readDemands(introspection);
  return {
    server: {
      endpoint,
      ...(clientCredentials && { clientCredentials: { namespace, name: clientCredentials.secretName } }),
      ...(issuer !== undefined && { issuer }),
      timeoutSeconds: timeoutSeconds ?? DEFAULT_TIMEOUT_SECONDS,
      maxCacheSeconds: maxCacheSeconds ?? DEFAULT_CACHE_SECONDS,
    },
    ...readPlaces(introspection, path, findings),
    authorizations: demands.scopes.length + demands.audiences.length > 0 ? [demands] : [],
  };
}

/** The introspection servers that an object names, if it is an APIRule; those with an endpoint that can be called. */
export function introspectionServersOf(object: KubernetesObject): IntrospectionServer[] {
  const { apiRule, rules } = readApiRule(object);
  return rules.flatMap((rule) => {
    if (rule?.introspection === undefined) return [];
    const findings = new Findings();
    const { server } = readIntrospection(rule.introspection, "", apiRule.namespace, findings);
    return findings.problems.length === 0 ? [namedServer(server)] : [];
  });
}

function endpointProblem(endpoint: string): string | undefined {
  const reason = addressProblem(endpoint);
  if (reason !== undefined) return `cannot be called: ${reason}`;
  if (!REQUEST_TARGET.test(endpoint))
    return "cannot be called: it holds a character that must be percent-encoded";
  return endpoint.includes("#") ? "cannot be called: it holds a fragment" : undefined;
}

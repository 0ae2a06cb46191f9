/** Workloads that only the gateways may call → AuthorizationPolicies on them. */
import type { KubernetesObject } from "../../api/resources.ts";
import type { Exposure } from "../../model/exposure.ts";
import { authorizationPolicyName } from "./authorization-policy.ts";
import { ownerLabels } from "./names.ts";

/** Trust domain of a mesh that names none. */
const DEFAULT_TRUST_DOMAIN = "cluster.local";

/** The ServiceAccount that Istio gives its ingress gateway. */
const DEFAULT_SERVICE_ACCOUNT = "istio-ingressgateway-service-account";

/** The identity of a gateway, as `source.principals` of an AuthorizationPolicy names it. */
export function gatewayPrincipal(
  namespace: string,
  serviceAccount = DEFAULT_SERVICE_ACCOUNT,
  trustDomain = DEFAULT_TRUST_DOMAIN,
): string {
  return `${trustDomain}/ns/${namespace}/sa/${serviceAccount}`;
}

/** Renders one AuthorizationPolicy with action ALLOW for each workload that nobody else may call. */
export function renderWorkloadGuards(exposure: Exposure, principals: readonly string[]): KubernetesObject[] {
  const { apiRule, guardedWorkloads = [] } = exposure;
  return guardedWorkloads.map(({ namespace, selector }) => {
    const spec = {
      selector: { matchLabels: { ...selector } },
      action: "ALLOW",
      rules: [{ from: [{ source: { principals: [...principals] } }] }],
    };
    return {
      apiVersion: "security.istio.io/v1",
      kind: "AuthorizationPolicy",
      metadata: { name: authorizationPolicyName(apiRule, spec), namespace, labels: ownerLabels(apiRule) },
      spec,
    };
  });
}

/** External checks of an APIRule → AuthorizationPolicies on its gateways. */
import type { KubernetesObject } from "../../api/resources.ts";
import type { Exposure, ExternalCheck, ObjectRef } from "../../model/exposure.ts";
import { objectName, ownerLabels, shortHash } from "./names.ts";
import type { Selector } from "./selector.ts";

/** Where the gateways of an APIRule are. */
export interface GatewayPlace {
  namespace: string;
  selector: Selector;
}

/**
 * Renders one AuthorizationPolicy with action CUSTOM for each authorizer that the rules name. It matches the requests
 * that the routes of these rules take, and no others, so that the first rule decides alone.
 */
export function renderAuthorizationPolicies(exposure: Exposure, gateway: GatewayPlace): KubernetesObject[] {
  return (exposure.externalChecks ?? []).map((check) => ({
    apiVersion: "security.istio.io/v1",
    kind: "AuthorizationPolicy",
    metadata: {
      name: authorizationPolicyName(exposure.apiRule, check.authorizer),
      namespace: gateway.namespace,
      labels: ownerLabels(exposure.apiRule),
    },
    spec: {
      selector: { matchLabels: { ...gateway.selector } },
      action: "CUSTOM",
      provider: { name: check.authorizer },
      rules: check.requests.flatMap((request) => renderRules(exposure.hosts.flatMap(withPort), request)),
    },
  }));
}

/** Name of the AuthorizationPolicy by which an authorizer is asked for an APIRule. */
function authorizationPolicyName({ namespace, name }: ObjectRef, authorizer: string): string {
  return objectName(`${name.slice(0, 200)}-${shortHash(`${namespace}/${name}/${authorizer}`)}`);
}

/** Istio matches a host at one end only, so a wildcard has no form with a port. */
function withPort(host: string): string[] {
  return host.startsWith("*") ? [host] : [host, `${host}:*`];
}

function renderRules(hosts: string[], request: ExternalCheck["requests"][number]): object[] {
  const { methods, paths, notPaths, passPreflight } = request;
  const operation = {
    hosts,
    methods: [...methods],
    paths: [...paths],
    ...(notPaths.length > 0 ? { notPaths: [...notPaths] } : {}),
  };
  const to = [{ operation }];
  if (!passPreflight) return [{ to }];
  return PREFLIGHT_HEADERS.map((name) => ({
    to,
    when: [{ key: `request.headers[${name}]`, notValues: ["*"] }],
  }));
}

/** A request that lacks one of them is no CORS preflight (Fetch, section 3.3.2). */
const PREFLIGHT_HEADERS = ["origin", "access-control-request-method"];

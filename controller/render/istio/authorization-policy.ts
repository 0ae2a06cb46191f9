/** External checks of an APIRule → AuthorizationPolicies on its gateways. */
import type { KubernetesObject } from "../../api/resources.ts";
import type { Exposure, ExternalCheck, ObjectRef } from "../../model/exposure.ts";
import { canonicalJson, type JsonValue } from "../../model/ids.ts";
import { objectName, ownerLabels, shortHash } from "./names.ts";
import type { Selector } from "./selector.ts";

/** Where the gateways of an APIRule are. */
export interface GatewayPlace {
  namespace: string;
  selector: Selector;
}

/**
 * Renders one AuthorizationPolicy with action CUSTOM for each authorizer that the rules name. It matches the requests
 * that the routes of these rules take, and no others, so that the first rule decides alone. The name tells the content,
 * so that the old and the new one can stand side by side while routes change.
 */
export function renderAuthorizationPolicies(exposure: Exposure, gateway: GatewayPlace): KubernetesObject[] {
  const { apiRule, hosts, externalChecks = [] } = exposure;
  return externalChecks.map(({ authorizer, requests }) => {
    const spec = {
      selector: { matchLabels: { ...gateway.selector } },
      action: "CUSTOM",
      provider: { name: authorizer },
      rules: requests.flatMap((request) => renderRules(hosts.flatMap(withPort), request)),
    };
    return {
      apiVersion: "security.istio.io/v1",
      kind: "AuthorizationPolicy",
      metadata: {
        name: authorizationPolicyName(apiRule, spec),
        namespace: gateway.namespace,
        labels: ownerLabels(apiRule),
      },
      spec,
    };
  });
}

/** The name tells the content, so that two policies of an APIRule can stand side by side. */
export function authorizationPolicyName({ namespace, name }: ObjectRef, spec: JsonValue): string {
  return objectName(`${name.slice(0, 200)}-${shortHash(canonicalJson({ namespace, name, spec }))}`);
}

/** Istio matches a host at one end only, so a wildcard has no form with a port. */
function withPort(host: string): string[] {
  return host.startsWith("*") ? [host] : [host, `${host}:*`];
}

function renderRules(hosts: string[], request: ExternalCheck["requests"][number]): JsonValue[] {
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

/** Exposure → VirtualService. */
import type { KubernetesObject } from "../../api/resources.ts";
import type { Cors, Exposure, HttpMethod, Route } from "../../model/exposure.ts";
import { CORS_RESPONSE_HEADERS, requestHeadersToRemove, requestHeadersToSet } from "../headers.ts";
import { objectName, ownerLabels } from "./names.ts";

/** Renders the VirtualService of an APIRule, in its namespace. Each route carries the policy in its name. */
export function renderVirtualService(exposure: Exposure): KubernetesObject {
  const { apiRule, gateway } = exposure;
  return {
    apiVersion: "networking.istio.io/v1",
    kind: "VirtualService",
    metadata: {
      name: objectName(apiRule.name),
      namespace: apiRule.namespace,
      labels: ownerLabels(apiRule),
    },
    spec: {
      hosts: [...exposure.hosts],
      gateways: [`${gateway.namespace}/${gateway.name}`],
      http: exposure.routes.map((route) => renderHttpRoute(exposure, route)),
    },
  };
}

function renderHttpRoute(exposure: Exposure, route: Route): object {
  const { service, port } = route.destination;
  const remove = requestHeadersToRemove(route);
  return {
    name: route.name,
    match: [{ uri: { [route.path.kind]: route.path.value }, method: methodMatch(route.methods) }],
    route: [
      {
        destination: {
          host: `${service.name}.${service.namespace}.svc.cluster.local`,
          port: { number: port },
        },
        weight: 100,
      },
    ],
    timeout: `${route.timeoutSeconds}s`,
    headers: {
      request: {
        ...(remove.length > 0 ? { remove } : {}),
        set: Object.fromEntries(requestHeadersToSet(exposure, route)),
      },
      response: { remove: [...CORS_RESPONSE_HEADERS] },
    },
    ...(exposure.cors ? { corsPolicy: renderCorsPolicy(exposure.cors) } : {}),
  };
}

function methodMatch(methods: readonly HttpMethod[]): object {
  const [only, ...others] = methods;
  return only !== undefined && others.length === 0 ? { exact: only } : { regex: `^(${methods.join("|")})$` };
}

/** A preflight that no allowed origin matches is answered at the gateway: the filter lets preflights pass unchecked. */
function renderCorsPolicy(cors: Cors): object {
  return {
    allowOrigins: cors.allowOrigins.map(({ kind, value }) => ({ [kind]: value })),
    ...(cors.allowMethods.length > 0 ? { allowMethods: [...cors.allowMethods] } : {}),
    ...(cors.allowHeaders.length > 0 ? { allowHeaders: [...cors.allowHeaders] } : {}),
    ...(cors.exposeHeaders.length > 0 ? { exposeHeaders: [...cors.exposeHeaders] } : {}),
    ...(cors.maxAgeSeconds === undefined ? {} : { maxAge: `${cors.maxAgeSeconds}s` }),
    ...(cors.allowCredentials === undefined ? {} : { allowCredentials: cors.allowCredentials }),
    unmatchedPreflights: "IGNORE",
  };
}

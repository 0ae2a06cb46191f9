/** What Istio itself offers for the demands of an APIRule: RequestAuthentication and AuthorizationPolicy. */
import { ISTIO_NAMESPACE } from "../environment/istio-objects.ts";

/** Paths that begin alike, and what a token needs there. */
interface ProtectedPrefix {
  prefix: string;
  scope?: string;
  audience?: string;
}

export interface IstioAuthorization {
  host: string;
  issuer: { url: string; jwksUri: string };
  protectedPrefixes: readonly ProtectedPrefix[];
  /** Whether GET of any other path is open to everybody. */
  openElsewhere: boolean;
}

/** Claims that issuers put scopes into; each needs a rule of its own. */
const SCOPE_CLAIMS = ["scp", "scope", "scopes"];

const metadata = { name: "native", namespace: ISTIO_NAMESPACE };
const selector = { matchLabels: { istio: "ingressgateway" } };

/** The route, in namespace `default`, and the checks at the gateway. The Service is `echo` with port 80. */
export function istioAuthorization(options: IstioAuthorization): object[] {
  return [openRoute(options.host), requestAuthentication(options), authorizationPolicy(options)];
}

/** The route without any check. */
export function openRoute(host: string): object {
  const destination = { host: "echo.default.svc.cluster.local", port: { number: 80 } };
  return {
    apiVersion: "networking.istio.io/v1",
    kind: "VirtualService",
    metadata: { name: metadata.name, namespace: "default" },
    spec: { hosts: [host], gateways: ["kyma-system/kyma-gateway"], http: [{ route: [{ destination }] }] },
  };
}

function requestAuthentication({ issuer: { url, jwksUri } }: IstioAuthorization): object {
  return {
    apiVersion: "security.istio.io/v1",
    kind: "RequestAuthentication",
    metadata,
    spec: { selector, jwtRules: [{ issuer: url, jwksUri, forwardOriginalToken: true }] },
  };
}

function authorizationPolicy(options: IstioAuthorization): object {
  const { host, issuer, protectedPrefixes, openElsewhere } = options;
  const operation = (paths: object) => [{ operation: { hosts: [host], methods: ["GET"], ...paths } }];
  const protectedRules = protectedPrefixes.flatMap((demand) =>
    conditionsOf(demand).map((when) => ({
      from: [{ source: { requestPrincipals: [`${issuer.url}/*`] } }],
      to: operation({ paths: [`${demand.prefix}*`] }),
      when,
    })),
  );
  const notPaths = protectedPrefixes.map(({ prefix }) => `${prefix}*`);
  const openRules = openElsewhere ? [{ to: operation({ notPaths }) }] : [];
  return {
    apiVersion: "security.istio.io/v1",
    kind: "AuthorizationPolicy",
    metadata,
    spec: { selector, action: "ALLOW", rules: [...protectedRules, ...openRules] },
  };
}

/** The alternatives: in each, all conditions have to hold. */
function conditionsOf({ scope, audience }: ProtectedPrefix): object[][] {
  const claim = (name: string, value: string) => ({ key: `request.auth.claims[${name}]`, values: [value] });
  const audiences = audience === undefined ? [] : [claim("aud", audience)];
  if (scope === undefined) return [audiences];
  return SCOPE_CLAIMS.map((name) => [claim(name, scope), ...audiences]);
}

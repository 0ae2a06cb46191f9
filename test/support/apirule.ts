/** What a test's APIRule is made of. */
export interface ApiRuleOptions {
  name: string;
  /** Default `NAME.local.test`. */
  host?: string;
  /** Default `kyma-system/kyma-gateway`. */
  gateway?: string;
  rules: object[];
}

/** An APIRule in front of the upstream of the tests. */
export function apiRule({
  name,
  host = `${name}.local.test`,
  gateway = "kyma-system/kyma-gateway",
  rules,
}: ApiRuleOptions): object {
  return {
    apiVersion: "gateway.kyma-project.io/v2",
    kind: "APIRule",
    metadata: { name, namespace: "default" },
    spec: { gateway, hosts: [host], service: { name: "echo", port: 80 }, rules },
  };
}

/** A rule for GET that lets everybody through. */
export function openRule(path: string): object {
  return { path, methods: ["GET"], noAuth: true };
}

/** A rule for GET that demands a token of the issuer, and these scopes if there are any. */
export function jwtRule(
  path: string,
  issuer: { url: string; jwksUri: string },
  requiredScopes: string[] = [],
): object {
  const authentications = [{ issuer: issuer.url, jwksUri: issuer.jwksUri }];
  const authorizations = requiredScopes.length === 0 ? {} : { authorizations: [{ requiredScopes }] };
  return { path, methods: ["GET"], jwt: { authentications, ...authorizations } };
}

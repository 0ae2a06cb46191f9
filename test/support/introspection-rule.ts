import type { RuleIntrospection } from "../../controller/api/apirule/introspection.ts";

/** Name of the Secret that `introspectionRule` names. */
export const LOGIN_SECRET = "login";

/** A rule for GET that introspects tokens at an endpoint as a client. */
export function introspectionRule(
  path: string,
  endpoint: string,
  options: Omit<RuleIntrospection, "endpoint"> = {},
): object {
  const clientCredentials = { secretName: LOGIN_SECRET };
  return { path, methods: ["GET"], introspection: { endpoint, clientCredentials, ...options } };
}

/** The Secret of a client, in namespace `default`. */
export function loginSecret({ id, secret }: { id: string; secret: string }): object {
  return {
    apiVersion: "v1",
    kind: "Secret",
    metadata: { name: LOGIN_SECRET, namespace: "default" },
    type: "Opaque",
    data: { client_id: base64(id), client_secret: base64(secret) },
  };
}

/** Every form in which a client secret could show. */
export function formsOfSecret({ id, secret }: { id: string; secret: string }): string[] {
  return [secret, base64(secret), base64(`${id}:${secret}`)];
}

function base64(text: string): string {
  return Buffer.from(text).toString("base64");
}

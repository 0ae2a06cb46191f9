/** Certificates (SDS): a renewed one reaches its listener without a drain. */
import type { Secret } from "../../api/resources.ts";
import type { PlannedListener } from "./listener-plan.ts";
import { type EnvoyResource, TYPE_URLS } from "./resource.ts";

/** Members of a Secret of type kubernetes.io/tls. */
const CERTIFICATE = "tls.crt";
const PRIVATE_KEY = "tls.key";

/** Renders each Secret that a TLS server names, sorted by name; one that is missing or incomplete is left out. */
export function renderSecrets(plan: readonly PlannedListener[], secrets: readonly Secret[]): EnvoyResource[] {
  const names = new Set(plan.flatMap(({ chains }) => chains.flatMap(({ tls }) => tls?.secret ?? [])));
  return [...names].sort().flatMap((name) => {
    const secret = findSecret(secrets, name);
    const certificate = secret && readBase64(secret, CERTIFICATE);
    const privateKey = secret && readBase64(secret, PRIVATE_KEY);
    if (certificate === undefined || privateKey === undefined) return [];
    return {
      "@type": TYPE_URLS.secret,
      name,
      tls_certificate: {
        certificate_chain: { inline_bytes: certificate },
        private_key: { inline_bytes: privateKey },
      },
    };
  });
}

/** Finds a Secret by `namespace/name`. */
export function findSecret(secrets: readonly Secret[], name: string): Secret | undefined {
  return secrets.find(({ metadata }) => `${metadata.namespace}/${metadata.name}` === name);
}

/** What a TLS Secret lacks to be used, as field and message. */
export function secretProblems(secret: Secret): { field: string; message: string }[] {
  const type =
    secret.type === "kubernetes.io/tls" ? [] : [{ field: ".type", message: "must be kubernetes.io/tls" }];
  const members = [CERTIFICATE, PRIVATE_KEY]
    .filter((member) => readBase64(secret, member) === undefined)
    .map((member) => ({ field: `.data["${member}"]`, message: "is missing" }));
  return [...type, ...members];
}

/** `stringData` wins over `data`, as in the API server. */
function readBase64(secret: Secret, member: string): string | undefined {
  const text = secret.stringData?.[member];
  return text === undefined ? secret.data?.[member] : Buffer.from(text).toString("base64");
}

/** Client credentials in Secrets. */
import type { Secret } from "../api/resources.ts";
import type { Exposure, ObjectRef, PolicySet } from "./exposure.ts";
import type { ObjectProblem } from "./manifests.ts";

/** The credentials of a client (RFC 6749, section 2.3.1). Never to be written or logged. */
export interface ClientCredentials {
  clientId: string;
  clientSecret: string;
}

/** Keys of the Secret. */
const CLIENT_ID = "client_id";
const CLIENT_SECRET = "client_secret";

const TYPE = "Opaque";

/** What client ids and secrets consist of (RFC 6749, appendix A). */
const VISIBLE = /^[\x20-\x7e]+$/;

/** The credentials in a Secret, or what is wrong with it, as field and message. */
export function readClientCredentials(
  secret: Secret,
): ClientCredentials | { field: string; message: string } {
  if ((secret.type ?? TYPE) !== TYPE) return { field: ".type", message: `must be ${TYPE}` };
  const clientId = readText(secret, CLIENT_ID);
  const clientSecret = readText(secret, CLIENT_SECRET);
  if (clientId === undefined || !VISIBLE.test(clientId)) return problemOf(CLIENT_ID, clientId);
  if (clientSecret === undefined || !VISIBLE.test(clientSecret))
    return problemOf(CLIENT_SECRET, clientSecret);
  return { clientId, clientSecret };
}

/** Each Secret that a rule names must be there and hold credentials. */
export function checkClientCredentials(
  exposures: readonly Exposure[],
  { policies, introspectionServers = [] }: PolicySet,
  secrets: readonly Secret[],
): ObjectProblem[] {
  const secretOfServer = new Map(introspectionServers.map((server) => [server.id, server.clientCredentials]));
  const secretOfPolicy = new Map(
    policies.map((policy) => [
      policy.id,
      policy.kind === "jwt" && policy.introspection
        ? secretOfServer.get(policy.introspection.server)
        : undefined,
    ]),
  );
  const byName = new Map(secrets.map((secret) => [referenceOf(secret.metadata), secret]));
  const problems = exposures.flatMap(({ apiRule, routes }) =>
    routes.flatMap(({ policy }) => {
      const ref = secretOfPolicy.get(policy);
      return ref === undefined ? [] : secretProblem(apiRule, ref, byName.get(referenceOf(ref)));
    }),
  );
  return [...new Map(problems.map((problem) => [JSON.stringify(problem), problem])).values()];
}

function secretProblem(apiRule: ObjectRef, ref: ObjectRef, secret: Secret | undefined): ObjectProblem[] {
  const name = referenceOf(ref);
  if (secret === undefined) {
    const message = `there is no Secret ${name}, which an introspection names; add it`;
    return [{ object: `APIRule ${referenceOf(apiRule)}`, path: ".spec.rules", message }];
  }
  const found = readClientCredentials(secret);
  return "field" in found ? [{ object: `Secret ${name}`, path: found.field, message: found.message }] : [];
}

function problemOf(key: string, text: string | undefined): { field: string; message: string } {
  const field = `.data["${key}"]`;
  if (text === undefined || text === "") return { field, message: "is missing" };
  const hint = /[\r\n]$/.test(text) ? "; it ends in a line feed" : "";
  return { field, message: `must be printable ASCII${hint}` };
}

/** `stringData` wins over `data`, as in the API server. */
function readText(secret: Secret, key: string): string | undefined {
  const encoded = secret.data?.[key];
  return secret.stringData?.[key] ?? (encoded && Buffer.from(encoded, "base64").toString("utf8"));
}

function referenceOf({ namespace, name }: ObjectRef): string {
  return `${namespace}/${name}`;
}

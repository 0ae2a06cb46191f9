/** What a relay needs to know of an introspection server. */
import type { Secret } from "../api/resources.ts";
import { readClientCredentials } from "../model/client-credentials.ts";
import type { IntrospectionServer, ObjectRef } from "../model/exposure.ts";
import type { RelayTarget } from "./relay.ts";

/** A Secret, or why it is not known. */
export type FoundSecret = { secret: Secret } | { problem: string };

/** A server with the credentials that its Secret holds. */
export function relayTarget(
  server: IntrospectionServer,
  secretOf: (ref: ObjectRef) => FoundSecret,
): RelayTarget {
  if (server.clientCredentials === undefined) return { server };
  const found = secretOf(server.clientCredentials);
  if ("problem" in found) return { server, credentials: found };
  const credentials = readClientCredentials(found.secret);
  if (!("field" in credentials)) return { server, credentials };
  const { field, message } = credentials;
  return {
    server,
    credentials: { problem: `Secret ${referenceOf(server.clientCredentials)}: ${field} ${message}` },
  };
}

/** The targets of a relay whose servers and Secrets are all at hand. */
export class RelayTargets {
  #targets = new Map<string, RelayTarget>();

  /** Replaces everything. */
  set(servers: readonly IntrospectionServer[], secrets: readonly Secret[]): void {
    const byName = new Map(secrets.map((secret) => [referenceOf(secret.metadata), secret]));
    const secretOf = (ref: ObjectRef): FoundSecret => {
      const secret = byName.get(referenceOf(ref));
      return secret ? { secret } : { problem: `there is no Secret ${referenceOf(ref)}` };
    };
    this.#targets = new Map(servers.map((server) => [server.id, relayTarget(server, secretOf)]));
  }

  /** As `RelayOptions.find` wants it. */
  readonly find = (serverId: string): RelayTarget | undefined => this.#targets.get(serverId);
}

function referenceOf({ namespace, name }: ObjectRef): string {
  return `${namespace}/${name}`;
}

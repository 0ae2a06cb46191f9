/** The part of oidc-provider 9 that the demo issuer uses. The package ships no types, and its index warns on Node 20. */
declare module "oidc-provider/lib/provider.js" {
  import type { IncomingMessage, ServerResponse } from "node:http";

  interface Client {
    readonly clientId: string;
  }

  interface ResourceServerInfo {
    /** Scopes the resource knows, separated by spaces. */
    scope: string;
    audience: string;
    /** Seconds. */
    accessTokenTTL: number;
    accessTokenFormat: "jwt" | "opaque";
    jwt: { sign: { alg: string } };
  }

  interface ClientMetadata {
    client_id: string;
    client_secret: string;
    grant_types: string[];
    redirect_uris: string[];
    response_types: string[];
    scope: string;
    token_endpoint_auth_method?: "client_secret_basic";
  }

  interface Account {
    accountId: string;
    claims(): Promise<{ sub: string; [claim: string]: unknown }>;
  }

  interface Adapter {
    upsert(id: string, payload: object, expiresIn: number): Promise<void>;
    find(id: string): Promise<object | undefined>;
    destroy(id: string): Promise<void>;
  }

  interface Configuration {
    /** Default: in memory. */
    adapter?: (model: string) => Adapter;
    clients: ClientMetadata[];
    scopes?: string[];
    jwks: { keys: object[] };
    ttl?: { ClientCredentials: number };
    cookies: { keys: string[] };
    /** Claims by the scope that asks for them. */
    claims?: Readonly<Record<string, string[]>>;
    findAccount?: (context: unknown, id: string) => Promise<Account>;
    features: {
      devInteractions: { enabled: boolean };
      clientCredentials?: { enabled: boolean };
      introspection?: { enabled: boolean; allowedPolicy(): Promise<boolean> };
      revocation?: { enabled: boolean; allowedPolicy(): Promise<boolean> };
      resourceIndicators?: {
        enabled: boolean;
        getResourceServerInfo(
          context: unknown,
          resource: string,
          client: Client,
        ): Promise<ResourceServerInfo>;
      };
    };
  }

  export class Provider {
    constructor(issuer: string, configuration: Configuration);
    callback(): (request: IncomingMessage, response: ServerResponse) => Promise<void>;
  }
}

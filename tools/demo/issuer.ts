/** A real OpenID provider on 127.0.0.1 that gives access tokens to demo clients: JWTs, and opaque ones to introspect. */
import { randomBytes } from "node:crypto";
import { createServer } from "node:http";
import { exportJWK, generateKeyPair, type JWK } from "jose";
import { Provider } from "oidc-provider/lib/provider.js";
import { closeServer, listenOnLoopback } from "./loopback.ts";

/** Algorithms the issuer signs with. */
export type IssuerAlgorithm = "RS256" | "ES256";

/** A private key of the issuer as JWK, with its `kid`. */
type SigningKey = JWK & { kid: string };

/** What to ask the token endpoint for. */
interface TokenRequest {
  /** Scopes separated by spaces; default none. */
  scope?: string;
  /** Resource indicator (RFC 8707), an absolute URI; it becomes `aud`. Default `DEFAULT_AUDIENCE`. */
  audience?: string;
  /** Default RS256. */
  algorithm?: IssuerAlgorithm;
  /** Whether the token says nothing by itself. Default: it is a JWT. */
  opaque?: boolean;
}

/** A running issuer. */
export interface Issuer {
  /** Issuer identifier, the `iss` of its tokens. */
  readonly url: string;
  readonly jwksUri: string;
  readonly tokenEndpoint: string;
  /** Introspection endpoint (RFC 7662), for `INTROSPECTION_CLIENT`. */
  readonly introspectionEndpoint: string;
  /**
   * A fresh access token from the token endpoint (client credentials, RFC 6749, section 4.4).
   * @throws Error with the endpoint's answer when it refuses
   */
  token(request?: TokenRequest): Promise<string>;
  /** Revokes an opaque token (RFC 7009). */
  revoke(token: string): Promise<void>;
  /** The private key that signs now. */
  signingKey(algorithm: IssuerAlgorithm): SigningKey;
  /** Replaces every key by a new one; the JWKS lists the new ones alone. */
  rotateKeys(): Promise<void>;
  close(): Promise<void>;
}

/** `aud` of a token that was asked for without audience. */
const DEFAULT_AUDIENCE = "https://demo.local.test";

/** Scopes that the demo clients may ask for. */
const DEMO_SCOPES = ["read", "write"];

/** Credentials of a client. They are public: this issuer guards nothing. */
interface ClientCredentials {
  id: string;
  secret: string;
}

/** The client whose tokens are signed with each algorithm, and the one whose tokens are opaque. */
const DEMO_CLIENTS: Readonly<Record<IssuerAlgorithm | "opaque", ClientCredentials>> = {
  RS256: { id: "demo", secret: "demo-secret" },
  ES256: { id: "demo-es256", secret: "demo-secret" },
  opaque: { id: "demo-opaque", secret: "demo-secret" },
};

/** The client as which a gateway asks about tokens. It gets none itself. */
export const INTROSPECTION_CLIENT: ClientCredentials = { id: "gateway", secret: "gateway-secret" };

const TOKEN_LIFETIME_SECONDS = 3600;

/** Opaque tokens by id. */
type TokenStore = Map<string, object>;

type SigningKeys = Readonly<Record<IssuerAlgorithm, SigningKey>>;

/**
 * Starts an issuer. Port 0, the default, takes a free one.
 * @throws PortTakenError
 */
export async function startIssuer(options: { port?: number } = {}): Promise<Issuer> {
  let handle: ReturnType<Provider["callback"]> | undefined;
  const server = createServer((request, response) => void handle?.(request, response));
  const url = `http://127.0.0.1:${await listenOnLoopback(server, options.port ?? 0)}`;
  const store: TokenStore = new Map();
  let keys = await generateSigningKeys();
  handle = createProvider(url, keys, store).callback();
  const tokenEndpoint = `${url}/token`;

  return {
    url,
    jwksUri: `${url}/jwks`,
    tokenEndpoint,
    introspectionEndpoint: `${tokenEndpoint}/introspection`,
    token: (request = {}) => requestToken(tokenEndpoint, request),
    async revoke(token) {
      await post(`${tokenEndpoint}/revocation`, DEMO_CLIENTS.opaque, { token });
    },
    signingKey: (algorithm) => keys[algorithm],
    async rotateKeys() {
      keys = await generateSigningKeys();
      handle = createProvider(url, keys, store).callback();
    },
    close: () => closeServer(server),
  };
}

async function generateSigningKeys(): Promise<SigningKeys> {
  const [RS256, ES256] = await Promise.all([generateSigningKey("RS256"), generateSigningKey("ES256")]);
  return { RS256, ES256 };
}

async function generateSigningKey(alg: IssuerAlgorithm): Promise<SigningKey> {
  const { privateKey } = await generateKeyPair(alg, { extractable: true });
  const kid = `${alg.toLowerCase()}-${randomBytes(6).toString("hex")}`;
  return { ...(await exportJWK(privateKey)), kid, alg, use: "sig" };
}

function createProvider(url: string, keys: SigningKeys, store: TokenStore): Provider {
  return new Provider(url, {
    adapter: () => ({
      upsert: async (id, payload) => void store.set(id, payload),
      find: async (id) => store.get(id),
      destroy: async (id) => void store.delete(id),
    }),
    jwks: { keys: Object.values(keys) },
    scopes: DEMO_SCOPES,
    clients: [...Object.values(DEMO_CLIENTS).map(demoClient), introspectionClient()],
    cookies: { keys: [randomBytes(16).toString("hex")] },
    ttl: { ClientCredentials: TOKEN_LIFETIME_SECONDS },
    features: {
      devInteractions: { enabled: false },
      clientCredentials: { enabled: true },
      introspection: { enabled: true, allowedPolicy: async () => true },
      revocation: { enabled: true, allowedPolicy: async () => true },
      resourceIndicators: {
        enabled: true,
        getResourceServerInfo: async (_context, resource, client) => ({
          scope: DEMO_SCOPES.join(" "),
          audience: resource,
          accessTokenTTL: TOKEN_LIFETIME_SECONDS,
          accessTokenFormat: client.clientId === DEMO_CLIENTS.opaque.id ? "opaque" : "jwt",
          jwt: { sign: { alg: client.clientId === DEMO_CLIENTS.ES256.id ? "ES256" : "RS256" } },
        }),
      },
    },
  });
}

function demoClient({ id, secret }: ClientCredentials) {
  return {
    client_id: id,
    client_secret: secret,
    grant_types: ["client_credentials"],
    redirect_uris: [],
    response_types: [],
    scope: DEMO_SCOPES.join(" "),
  };
}

function introspectionClient() {
  return { ...demoClient(INTROSPECTION_CLIENT), grant_types: [] };
}

async function requestToken(tokenEndpoint: string, request: TokenRequest): Promise<string> {
  const client = DEMO_CLIENTS[request.opaque ? "opaque" : (request.algorithm ?? "RS256")];
  const response = await post(tokenEndpoint, client, {
    grant_type: "client_credentials",
    resource: request.audience ?? DEFAULT_AUDIENCE,
    ...(request.scope !== undefined && { scope: request.scope }),
  });
  const answer = (await response.json()) as { access_token?: string; error_description?: string };
  if (answer.access_token === undefined) {
    throw new Error(`${tokenEndpoint} gave no token: ${response.status} ${answer.error_description ?? ""}`);
  }
  return answer.access_token;
}

function post(
  endpoint: string,
  { id, secret }: ClientCredentials,
  form: Record<string, string>,
): Promise<Response> {
  return fetch(endpoint, {
    method: "POST",
    headers: { authorization: `Basic ${btoa(`${id}:${secret}`)}` },
    body: new URLSearchParams(form),
  });
}

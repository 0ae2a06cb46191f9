/** A real OpenID provider on 127.0.0.1 that gives JWT access tokens to two demo clients. */
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
}

/** A running issuer. */
export interface Issuer {
  /** Issuer identifier, the `iss` of its tokens. */
  readonly url: string;
  readonly jwksUri: string;
  readonly tokenEndpoint: string;
  /**
   * A fresh access token from the token endpoint (client credentials, RFC 6749, section 4.4).
   * @throws Error with the endpoint's answer when it refuses
   */
  token(request?: TokenRequest): Promise<string>;
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

/** The client whose tokens are signed with each algorithm. Its secret is public: this issuer guards nothing. */
const DEMO_CLIENTS: Readonly<Record<IssuerAlgorithm, { id: string; secret: string }>> = {
  RS256: { id: "demo", secret: "demo-secret" },
  ES256: { id: "demo-es256", secret: "demo-secret" },
};

const TOKEN_LIFETIME_SECONDS = 3600;

/** JWT access tokens of the client-credentials grant are never looked up again. */
const nothingStored = { upsert: async () => {}, find: async () => undefined, destroy: async () => {} };

type SigningKeys = Readonly<Record<IssuerAlgorithm, SigningKey>>;

/**
 * Starts an issuer. Port 0, the default, takes a free one.
 * @throws PortTakenError
 */
export async function startIssuer(options: { port?: number } = {}): Promise<Issuer> {
  let handle: ReturnType<Provider["callback"]> | undefined;
  const server = createServer((request, response) => void handle?.(request, response));
  const url = `http://127.0.0.1:${await listenOnLoopback(server, options.port ?? 0)}`;
  let keys = await generateSigningKeys();
  handle = createProvider(url, keys).callback();
  const tokenEndpoint = `${url}/token`;

  return {
    url,
    jwksUri: `${url}/jwks`,
    tokenEndpoint,
    token: (request = {}) => requestToken(tokenEndpoint, request),
    signingKey: (algorithm) => keys[algorithm],
    async rotateKeys() {
      keys = await generateSigningKeys();
      handle = createProvider(url, keys).callback();
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

function createProvider(url: string, keys: SigningKeys): Provider {
  return new Provider(url, {
    adapter: () => nothingStored,
    jwks: { keys: Object.values(keys) },
    scopes: DEMO_SCOPES,
    clients: Object.values(DEMO_CLIENTS).map(({ id, secret }) => ({
      client_id: id,
      client_secret: secret,
      grant_types: ["client_credentials"],
      redirect_uris: [],
      response_types: [],
      scope: DEMO_SCOPES.join(" "),
    })),
    cookies: { keys: [randomBytes(16).toString("hex")] },
    ttl: { ClientCredentials: TOKEN_LIFETIME_SECONDS },
    features: {
      devInteractions: { enabled: false },
      clientCredentials: { enabled: true },
      resourceIndicators: {
        enabled: true,
        getResourceServerInfo: async (_context, resource, client) => ({
          scope: DEMO_SCOPES.join(" "),
          audience: resource,
          accessTokenTTL: TOKEN_LIFETIME_SECONDS,
          accessTokenFormat: "jwt",
          jwt: { sign: { alg: client.clientId === DEMO_CLIENTS.ES256.id ? "ES256" : "RS256" } },
        }),
      },
    },
  });
}

async function requestToken(tokenEndpoint: string, request: TokenRequest): Promise<string> {
  const client = DEMO_CLIENTS[request.algorithm ?? "RS256"];
  const form = new URLSearchParams({
    grant_type: "client_credentials",
    resource: request.audience ?? DEFAULT_AUDIENCE,
  });
  if (request.scope !== undefined) form.set("scope", request.scope);
  const response = await fetch(tokenEndpoint, {
    method: "POST",
    headers: { authorization: `Basic ${btoa(`${client.id}:${client.secret}`)}` },
    body: form,
  });
  const answer = (await response.json()) as { access_token?: string; error_description?: string };
  if (answer.access_token === undefined) {
    throw new Error(`${tokenEndpoint} gave no token: ${response.status} ${answer.error_description ?? ""}`);
  }
  return answer.access_token;
}
